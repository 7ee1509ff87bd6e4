import type { QualitySample } from '../quality/quality-sample.ts';
import type { Measurements } from './metric-list.ts';

type QualityMetricName = Extract<
  keyof Measurements,
  `visavis_${'uplink' | 'downlink' | 'round_trip' | 'watched' | 'frozen' | 'freezes' | 'heard' | 'concealed' | 'subscriptions'}${string}`
>;

/** Of those measured in the last round, the middle one and the worst. */
const quantiles = [0.5, 0.9, 1];

/** Sums and spreads over all calls; no id leaves it. */
export class QualityMetrics {
  readonly #counts = { uplinkPackets: 0, uplinkLost: 0, uplinkUnrepaired: 0 };
  readonly #downlink = { packets: 0, retransmissions: 0 };
  readonly #shown = { watchedSeconds: 0, freezes: 0, frozenSeconds: 0, heardSeconds: 0, concealedSeconds: 0 };
  #latest: readonly QualitySample[] = [];

  /** Takes one round of samples; its spreads are told until the next. */
  observe(samples: readonly QualitySample[]): void {
    this.#latest = samples;
    for (const { published, watched } of samples) {
      for (const { packets, packetsLost, packetsUnrepaired } of published) {
        this.#counts.uplinkPackets += packets;
        this.#counts.uplinkLost += packetsLost;
        this.#counts.uplinkUnrepaired += packetsUnrepaired;
      }
      for (const { kind, packets, retransmissions, shown } of watched) {
        this.#downlink.packets += packets;
        this.#downlink.retransmissions += retransmissions;
        if (shown === undefined) continue;
        this.#shown[kind === 'video' ? 'watchedSeconds' : 'heardSeconds'] += shown.seconds;
        this.#shown.freezes += shown.freezes;
        this.#shown.frozenSeconds += shown.frozenSeconds;
        this.#shown.concealedSeconds += shown.concealedSeconds;
      }
    }
  }

  measurements(): Pick<Measurements, QualityMetricName> {
    const [counts, downlink, shown] = [this.#counts, this.#downlink, this.#shown];
    return {
      visavis_uplink_packets_total: counts.uplinkPackets,
      visavis_uplink_lost_packets_total: counts.uplinkLost,
      visavis_uplink_unrepaired_packets_total: counts.uplinkUnrepaired,
      visavis_downlink_packets_total: downlink.packets,
      visavis_downlink_retransmitted_packets_total: downlink.retransmissions,
      visavis_downlink_loss_ratio: this.#spread(({ down }) => down.lossRatio),
      visavis_downlink_estimate_bytes_per_second: this.#spread(
        ({ down }) => down.estimateBitsPerSecond && down.estimateBitsPerSecond / 8,
        [0, 0.1, 0.5],
      ),
      visavis_downlink_queue_delay_seconds: this.#spread(({ down }) => down.queueDelaySeconds),
      visavis_downlink_redundancy_bytes_per_second:
        this.#latest.reduce((sum, { down }) => sum + (down.redundancyBitsPerSecond ?? 0), 0) / 8,
      visavis_downlink_states: this.#tally((count) => {
        for (const { down } of this.#latest) if (down.state !== undefined) count(down.state);
      }).map(([state, value]) => ({ labels: { state }, value })),
      visavis_round_trip_seconds: this.#spread(({ rttSeconds }) => rttSeconds),
      visavis_subscriptions: this.#tally((count) => {
        for (const { watched } of this.#latest) {
          for (const { kind, paused, reason } of watched) if (kind === 'video' && !paused) count(reason);
        }
      }).map(([reason, value]) => ({ labels: { reason }, value })),
      visavis_watched_seconds_total: shown.watchedSeconds,
      visavis_freezes_total: shown.freezes,
      visavis_frozen_seconds_total: shown.frozenSeconds,
      visavis_heard_seconds_total: shown.heardSeconds,
      visavis_concealed_seconds_total: shown.concealedSeconds,
    };
  }

  /** Nearest-rank quantiles over who has the value; none where nobody has. */
  #spread(
    amountOf: (sample: QualitySample) => number | undefined,
    at: readonly number[] = quantiles,
  ): { labels: { quantile: string }; value: number }[] {
    const values = this.#latest.map(amountOf).filter((value) => value !== undefined);
    values.sort((a, b) => a - b);
    return at.flatMap((quantile) => {
      const value = values[Math.max(0, Math.ceil(quantile * values.length) - 1)];
      return value === undefined ? [] : [{ labels: { quantile: String(quantile) }, value }];
    });
  }

  #tally(each: (count: (word: string) => void) => void): [word: string, count: number][] {
    const counts = new Map<string, number>();
    each((word) => counts.set(word, (counts.get(word) ?? 0) + 1));
    return [...counts].sort();
  }
}
