/**
 * What forwarding costs the SFU's process, with all bookkeeping on, beside werift's own RTCPeerConnections under the
 * same publisher and subscribers in the same trial, both with the same settings of V8. One run of either side a trial,
 * in changing order. Packets come in bursts, as from a browser's pacer, and once evenly. The processes are warmed up
 * first, as a server is that has run for a while, and what they use without media is taken off. A run that lost packets,
 * or got some twice, counts for neither side: it is counted and made once more.
 */
import type { Bench, Figures, Row } from '../bench.ts';
import { ratio } from '../bench.ts';
import { type Load, type LoadResult, runLoad } from './forwarding/run-load.ts';

/** libwebrtc's pacer sends in bursts of 5 ms, and of late of up to 40. */
const BURST_INTERVAL_MS = 5;
const LOADS = [
  { subscribers: 1, packetsPerSecond: 1000, warmUpPackets: 15_000, warmUpPacketsPerSecond: 4000 },
  { subscribers: 5, packetsPerSecond: 500, warmUpPackets: 8000, warmUpPacketsPerSecond: 1500 },
  { subscribers: 20, packetsPerSecond: 200, warmUpPackets: 4000, warmUpPacketsPerSecond: 500 },
] as const;
/** Each packet alone, with a wake-up of its own, which costs both sides as much as the rest. */
const EVENLY = { ...LOADS[0], burstIntervalMs: 1 } as const;
const SFUS = ['visavis', 'werift'] as const;
const RATIO_TO_REACH = 0.35;
const MAX_ATTEMPTS = 6;

const CASES: readonly Omit<Load, 'sfu' | 'packets'>[] = [
  ...LOADS.map((load) => ({ ...load, burstIntervalMs: BURST_INTERVAL_MS })),
  EVENLY,
];

const nameOf = ({ subscribers, packetsPerSecond, burstIntervalMs }: (typeof CASES)[number]): string =>
  `N=${subscribers} @${packetsPerSecond}${burstIntervalMs === BURST_INTERVAL_MS ? '' : ' evenly'}`;

/** Runs until nothing is missing; throws when that never happens. */
export async function runCleanLoad(load: Load): Promise<{ result: LoadResult; excluded: number }> {
  for (let excluded = 0; excluded < MAX_ATTEMPTS; excluded += 1) {
    const result = await runLoad(load);
    if (result.missing === 0) return { result, excluded };
  }
  throw new Error(
    `${MAX_ATTEMPTS} runs of ${JSON.stringify(load)} all lost packets: the machine is too busy`,
  );
}

export const bench: Bench = {
  name: 'forwarding, CPU of the SFU beside werift',
  trials: 5,
  quickTrials: 1,
  trial: async ({ quick, trial }) => {
    const figures: Record<string, number> = {};
    for (const load of CASES) {
      const seconds = quick ? 3 : 5;
      // In changing order, so that neither side always has the machine as the other one left it.
      for (const sfu of trial % 2 === 0 ? SFUS : SFUS.toReversed()) {
        const packets = load.packetsPerSecond * seconds;
        const { result, excluded } = await runCleanLoad({ ...load, sfu, packets });
        const name = `${nameOf(load)} ${sfu}`;
        figures[name] = result.usPerReceived;
        figures[`${name} idle`] = result.idleUsPerSecond;
        figures[`${name} excluded`] = excluded;
      }
    }
    return figures satisfies Figures;
  },
  rows: (figure) => {
    const rows: Row[] = [];
    for (const load of CASES) {
      const name = nameOf(load);
      const [ours, theirs] = SFUS.map((sfu) => figure(`${name} ${sfu}`));
      rows.push({
        what: `${name}: per received packet, its ${load.subscribers} sent included`,
        measured: ours!,
        unit: 'µs',
      });
      rows.push({ what: `${name}: werift`, measured: theirs!, unit: 'µs' });
      rows.push({
        what: `${name}: of werift's`,
        measured: ratio(ours!, theirs!),
        unit: 'x',
        atMost: RATIO_TO_REACH,
      });
      for (const sfu of SFUS) {
        rows.push({
          what: `${name}: ${sfu} without media`,
          measured: figure(`${name} ${sfu} idle`),
          unit: 'µs/s',
        });
        rows.push({
          what: `${name}: ${sfu} runs excluded`,
          measured: figure(`${name} ${sfu} excluded`),
          unit: '',
        });
      }
    }
    return rows;
  },
};
