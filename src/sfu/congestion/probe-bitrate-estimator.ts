/** Probes remembered, a power of two; an older one is forgotten. */
const SIZE = 16;
/** So much of a probe must have arrived for it to say something; less where packets are lost anyway, by chance more or fewer. */
const MIN_RECEIVED = 0.8;
const MIN_RECEIVED_OF_LOSSY = 0.6;
const LOSSY = 0.05;
/** Sent or received over more than this it was no probe. */
const MAX_INTERVAL_US = 1_000_000;
/** It cannot have arrived that much quicker than it left. */
const MAX_VALID_RATIO = 2;
/** Below this part of the rate it left at, the link was full, and a part of what was received is left as a margin. */
const UNSATURATED_RATIO = 0.9;
const SATURATED_PART = 0.95;

interface Cluster {
  id: number;
  minBytes: number;
  minPackets: number;
  packets: number;
  bytes: number;
  lostPackets: number;
  firstSentUs: number;
  lastSentUs: number;
  lastSentSize: number;
  firstArrivedUs: number;
  lastArrivedUs: number;
  firstArrivedSize: number;
}

function emptyCluster(): Cluster {
  return {
    id: -1,
    minBytes: 0,
    minPackets: 0,
    packets: 0,
    bytes: 0,
    lostPackets: 0,
    firstSentUs: 0,
    lastSentUs: 0,
    lastSentSize: 0,
    firstArrivedUs: 0,
    lastArrivedUs: 0,
    firstArrivedSize: 0,
  };
}

/**
 * Measures what a probe achieved: the lesser of the rates at which its packets left and arrived, so that no claim of a
 * receiver makes it more than was sent.
 * @see libwebrtc goog_cc/probe_bitrate_estimator.cc
 */
export class ProbeBitrateEstimator {
  readonly #clusters = Array.from({ length: SIZE }, emptyCluster);

  /** A probe will be sent: at least so many bytes and packets. */
  begin(id: number, minBytes: number, minPackets: number): void {
    Object.assign(this.#clusters[id & (SIZE - 1)]!, emptyCluster(), { id, minBytes, minPackets });
  }

  /** A packet of probe `id` arrived. */
  acked(id: number, size: number, sentUs: number, arrivedUs: number): void {
    const cluster = this.#of(id);
    if (cluster === undefined) return;
    if (cluster.packets === 0 || sentUs < cluster.firstSentUs) cluster.firstSentUs = sentUs;
    if (cluster.packets === 0 || sentUs >= cluster.lastSentUs) {
      cluster.lastSentUs = sentUs;
      cluster.lastSentSize = size;
    }
    if (cluster.packets === 0 || arrivedUs < cluster.firstArrivedUs) {
      cluster.firstArrivedUs = arrivedUs;
      cluster.firstArrivedSize = size;
    }
    if (cluster.packets === 0 || arrivedUs > cluster.lastArrivedUs) cluster.lastArrivedUs = arrivedUs;
    cluster.packets += 1;
    cluster.bytes += size;
  }

  /** A packet of probe `id` was reported lost. */
  lost(id: number): void {
    const cluster = this.#of(id);
    if (cluster !== undefined) cluster.lostPackets += 1;
  }

  /**
   * What probe `id` measured so far, bit/s; undefined: too little arrived, or nothing that could be true.
   * `inherentLoss`, 0..1: loss of the path that does not come from sending too much; what it took counts as carried.
   * `lossFraction`: all loss of late; so much fewer may have arrived.
   */
  result(id: number, inherentLoss: number, lossFraction: number): number | undefined {
    const cluster = this.#of(id);
    if (cluster === undefined) return undefined;
    const expected =
      (lossFraction > LOSSY ? MIN_RECEIVED_OF_LOSSY : MIN_RECEIVED) * (1 - Math.min(lossFraction, 0.6));
    if (cluster.packets < Math.max(2, Math.floor(cluster.minPackets * expected))) return undefined;
    if (cluster.bytes < cluster.minBytes * expected) return undefined;
    const sendUs = cluster.lastSentUs - cluster.firstSentUs;
    const receiveUs = cluster.lastArrivedUs - cluster.firstArrivedUs;
    if (!(sendUs > 0 && sendUs <= MAX_INTERVAL_US && receiveUs > 0 && receiveUs <= MAX_INTERVAL_US)) {
      return undefined;
    }
    // An interval lies between the first packet and the last one: of n packets, n - 1 were sent during it.
    const sendRate = ((cluster.bytes - cluster.lastSentSize) * 8e6) / sendUs;
    const receiveRate = ((cluster.bytes - cluster.firstArrivedSize) * 8e6) / receiveUs;
    if (receiveRate / sendRate > MAX_VALID_RATIO) return undefined;
    const rate =
      receiveRate < UNSATURATED_RATIO * sendRate
        ? SATURATED_PART * receiveRate
        : Math.min(sendRate, receiveRate);
    const loss = cluster.lostPackets / (cluster.packets + cluster.lostPackets);
    return rate / (1 - Math.min(loss, inherentLoss));
  }

  #of(id: number): Cluster | undefined {
    const cluster = this.#clusters[id & (SIZE - 1)]!;
    return id >= 0 && cluster.id === id ? cluster : undefined;
  }
}
