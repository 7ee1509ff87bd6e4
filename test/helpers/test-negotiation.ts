/** A PeerNegotiation with counting instead of chance, so that answers and messages can be compared. */
import type { HostCandidate } from '../../src/transport/media-messages.ts';
import type { PeerNegotiationOptions } from '../../src/transport/sdp/negotiation-types.ts';
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
    limits: { maxProducers: 8, maxConsumers: 64 },
    codecs: ['vp8', 'vp9', 'h264', 'av1', 'opus'],
    ...change,
  });
}
