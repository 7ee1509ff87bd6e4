/** A PeerNegotiation with counting instead of chance, so that answers and messages can be compared. */
import type { HostCandidate, ToWorker } from '../../src/transport/media-messages.ts';
import type {
  NegotiationLine,
  PeerNegotiationOptions,
  ProducerDescription,
} from '../../src/transport/sdp/negotiation-types.ts';
import { PeerNegotiation } from '../../src/transport/sdp/peer-negotiation.ts';

export const testCandidates: readonly HostCandidate[] = [
  { protocol: 'udp', address: '127.0.0.1', port: 40000, priority: 2130706431, foundation: '1' },
  { protocol: 'tcp', address: '127.0.0.1', port: 40001, priority: 1694498815, foundation: '2' },
];

export const testFingerprint = { algorithm: 'sha-256', value: Array(32).fill('AB').join(':') };

/** Ids are `id1`, `id2`, …; local ufrags `srv1`, …; SSRCs count up from 1001. */
export function makeNegotiation(change: Partial<PeerNegotiationOptions> = {}): PeerNegotiation {
  let ids = 0;
  let randoms = 1000;
  let restarts = 0;
  return new PeerNegotiation({
    roomId: 'room',
    transportId: 'transport',
    candidates: testCandidates,
    fingerprint: testFingerprint,
    makeId() {
      ids += 1;
      return `id${ids}`;
    },
    random32() {
      randoms += 1;
      return randoms;
    },
    makeIceParameters() {
      restarts += 1;
      return { usernameFragment: `srv${restarts}`, password: `${'s'.repeat(24)}${restarts}` };
    },
    limits: { maxProducers: 8, maxConsumers: 64, maxExtensionsPerLine: 64 },
    codecs: ['vp8', 'vp9', 'h264', 'av1', 'opus', 'red'],
    ...change,
  });
}

/** Producers of one publisher that tests subscribe to. */
const producers = new Map<string, ProducerDescription>();
for (const [producerId, kind, name] of [
  ['mic', 'audio', 'opus'],
  ['cam', 'video', 'vp8'],
  ['cam9', 'video', 'vp9'],
] as const) {
  producers.set(producerId, { producerId, kind, streamId: 'alice', codecs: [{ name, parameters: {} }] });
}

/** Negotiates in a room that has the producers `mic`, `cam` (VP8) and `cam9` (VP9) of `alice`. */
export function negotiate(peer: PeerNegotiation, sdp: string, lines: readonly NegotiationLine[] = []) {
  return peer.negotiate({ sdp, lines }, (id) => producers.get(id));
}

/** What `plainOffer` sends. */
export const both: readonly [NegotiationLine, NegotiationLine] = [
  { mid: '0', publish: { source: 'microphone' } },
  { mid: '1', publish: { source: 'camera' } },
];

/** What the offer `chromium-receive-only` may show. */
export const receiving: readonly NegotiationLine[] = [
  { mid: '0', subscribe: { producerId: 'mic' } },
  { mid: '1', subscribe: { producerId: 'cam', wanted: { maxHeight: 360 }, paused: true } },
  { mid: '2', subscribe: { producerId: 'cam9' } },
];

/** `createProducer`, `connectTransport`, … in their order. */
export function kinds(messages: readonly ToWorker[]): string[] {
  return messages.map((message) => (message.type === 'router' ? message.command.type : message.type));
}

/** The media section of a description that has this mid; empty if none has. */
export function section(sdp: string, mid: string): string {
  return sdp.split(/(?=^m=)/m).find((part) => part.includes(`a=mid:${mid}\r\n`)) ?? '';
}
