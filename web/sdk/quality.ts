/** The state of the connection in words that a person understands, from two samples of getStats. */
import type { StatsSample, StreamSample } from './stats-sample.ts';

export type QualityWord = 'good' | 'fair' | 'poor';

/** What one stream did between two samples. */
export interface StreamQuality {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly bitsPerSecond: number;
  /** 0..1, before repair for what is received, as the server reports it for what is sent. */
  readonly lossRatio: number;
  /** 0..1, share of the sound that was made up; 0 for video. */
  readonly concealedRatio: number;
  /** Seconds of standing picture per second. */
  readonly frozenRatio: number;
  readonly codec: string;
  /** Sent video: the smallest reason why it is less than it could be; `none`, `cpu`, `bandwidth`, `other`. */
  readonly limitation: string;
}

export interface Quality {
  readonly word: QualityWord;
  /** What to look at when it is not good: the network, or a device that is too slow for its work. */
  readonly cause: 'network' | 'device';
  readonly roundTripMs: number | undefined;
  readonly protocol: 'udp' | 'tcp' | undefined;
  readonly sentBitsPerSecond: number;
  readonly receivedBitsPerSecond: number;
  readonly lossRatio: number;
  /** By mid. */
  readonly streams: ReadonlyMap<string, StreamQuality>;
}

/** Google's call quality guidance: degradation is noticed above 3 % of loss; conversation suffers above 250 ms. */
const GOOD = { loss: 0.03, roundTripMs: 250, concealed: 0.02, frozen: 0.02 };
const FAIR = { loss: 0.1, roundTripMs: 500, concealed: 0.08, frozen: 0.12 };

/** @returns undefined when there is no time between the samples. */
export function quality(before: StatsSample, after: StatsSample): Quality | undefined {
  const seconds = (after.atMs - before.atMs) / 1000;
  if (!(seconds > 0)) return undefined;
  const streams = new Map<string, StreamQuality>();
  const sent = { packets: 0, lost: 0, bits: 0 };
  const received = { packets: 0, lost: 0, bits: 0 };
  for (const [key, stream] of after.streams) {
    const earlier = before.streams.get(key);
    // A stream whose counters went back was replaced by another.
    const base = earlier !== undefined && earlier.packets <= stream.packets ? earlier : undefined;
    if (base === undefined) continue;
    const one = streamQuality(base, stream, seconds);
    streams.set(key, one);
    const total = stream.direction === 'sent' ? sent : received;
    total.packets += stream.packets - base.packets;
    total.lost += Math.max(0, stream.packetsLost - base.packetsLost);
    total.bits += one.bitsPerSecond;
  }
  // The worse direction counts: both people are in one conversation.
  const lossRatio = Math.max(
    received.lost / Math.max(1, received.packets + received.lost),
    Math.min(1, sent.lost / Math.max(1, sent.packets)),
  );
  const networkWord = word(lossRatio, after.roundTripMs, []);
  return {
    word: word(lossRatio, after.roundTripMs, [...streams.values()]),
    cause: networkWord === 'good' ? 'device' : 'network',
    roundTripMs: after.roundTripMs,
    protocol: after.protocol,
    sentBitsPerSecond: sent.bits,
    receivedBitsPerSecond: received.bits,
    lossRatio,
    streams,
  };
}

function streamQuality(before: StreamSample, after: StreamSample, seconds: number): StreamQuality {
  const packets = after.packets - before.packets;
  const lost = Math.max(0, after.packetsLost - before.packetsLost);
  const samples = after.soundSamples - before.soundSamples;
  return {
    width: after.width,
    height: after.height,
    framesPerSecond: Math.max(0, after.frames - before.frames) / seconds,
    bitsPerSecond: (Math.max(0, after.bytes - before.bytes) * 8) / seconds,
    lossRatio: packets + lost > 0 ? lost / (packets + lost) : 0,
    concealedRatio: samples > 0 ? Math.max(0, after.concealedSamples - before.concealedSamples) / samples : 0,
    frozenRatio: Math.min(1, Math.max(0, after.freezeSeconds - before.freezeSeconds) / seconds),
    codec: after.codec,
    limitation: after.limitation,
  };
}

function word(lossRatio: number, roundTripMs: number | undefined, streams: StreamQuality[]): QualityWord {
  const concealed = Math.max(0, ...streams.map((stream) => stream.concealedRatio));
  const frozen = Math.max(0, ...streams.map((stream) => stream.frozenRatio));
  const within = (limit: typeof GOOD) =>
    lossRatio <= limit.loss &&
    (roundTripMs ?? 0) <= limit.roundTripMs &&
    concealed <= limit.concealed &&
    frozen <= limit.frozen;
  if (within(GOOD)) return 'good';
  return within(FAIR) ? 'fair' : 'poor';
}
