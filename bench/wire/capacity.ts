/**
 * What a packet costs under load, when the event loop seldom sleeps: cost = a x received + b x sent, the straight line
 * through three loads. Each runs at the highest of its rates that loses nothing. Beside each the same load through a
 * bare loop over dgram and node:crypto, by which the absolute figures can be read against the machine.
 */
import { createCipheriv, createSecretKey } from 'node:crypto';
import { type Bench, type Figures, type Row, ratio } from '../bench.ts';
import { cpuUsPerCall } from '../cpu-time.ts';
import { type Load, type LoadResult, runLoad } from './forwarding/run-load.ts';

const LOADS = [
  { subscribers: 1, packetsPerSecond: [12_000, 9000, 6000] },
  { subscribers: 5, packetsPerSecond: [6500, 5000, 3500] },
  { subscribers: 10, packetsPerSecond: [3500, 2500, 1800] },
] as const;
const RECEIVED_US_TO_REACH = 15;
const SENT_US_TO_REACH = 12;
const ATTEMPTS_PER_RATE = 2;
/** The least cost of so many runs counts: what else goes on in the machine only adds. */
const RUNS = 3;
const WARM_UP_SECONDS = 3;

interface Loaded extends LoadResult {
  readonly packetsPerSecond: number;
}

async function highestRate(
  sfu: Load['sfu'],
  subscribers: number,
  rates: readonly number[],
  seconds: number,
): Promise<{ loaded: Loaded; excluded: number }> {
  let excluded = 0;
  for (const packetsPerSecond of rates) {
    for (let attempt = 0; attempt < ATTEMPTS_PER_RATE; attempt += 1) {
      const result = await runLoad({
        sfu,
        subscribers,
        packetsPerSecond,
        burstIntervalMs: 1,
        warmUpPackets: packetsPerSecond * WARM_UP_SECONDS,
        warmUpPacketsPerSecond: packetsPerSecond,
        packets: packetsPerSecond * seconds,
      });
      if (result.missing === 0) return { loaded: { ...result, packetsPerSecond }, excluded };
      excluded += 1;
    }
  }
  throw new Error(`${sfu}, N=${subscribers}: every rate lost packets: the machine is too busy`);
}

/** How fast the machine is just now: nothing but AES-GCM by node:crypto over 1200 bytes, CPU µs. */
function cpuOfBareGcm(): number {
  const key = createSecretKey(Buffer.alloc(16, 1));
  const iv = Buffer.alloc(12);
  const packet = Buffer.alloc(1200);
  return cpuUsPerCall(50_000, () => {
    const cipher = createCipheriv('aes-128-gcm', key, iv);
    cipher.update(packet);
    cipher.final();
    cipher.getAuthTag();
  });
}

/** Least squares of cost per received packet = a + b x subscribers. */
function fit(points: readonly { subscribers: number; us: number }[]): { a: number; b: number } {
  const mean = (of: (point: (typeof points)[number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const meanX = mean(({ subscribers }) => subscribers);
  const meanY = mean(({ us }) => us);
  const b =
    mean(({ subscribers, us }) => (subscribers - meanX) * (us - meanY)) /
    mean(({ subscribers }) => (subscribers - meanX) ** 2);
  return { a: meanY - b * meanX, b };
}

export const bench: Bench = {
  name: 'forwarding under load, CPU of the SFU',
  trials: 2,
  quickTrials: 1,
  trial: async ({ quick }) => {
    const figures: Record<string, number> = { excluded: 0 };
    const points: { subscribers: number; us: number }[] = [];
    figures.gcm = cpuOfBareGcm();
    for (const { subscribers, packetsPerSecond } of LOADS) {
      let best: Loaded | undefined;
      let floor = Number.POSITIVE_INFINITY;
      for (let run = 0; run < (quick ? 1 : RUNS); run += 1) {
        const seconds = quick ? 2 : 4;
        const { loaded, excluded } = await highestRate('visavis', subscribers, packetsPerSecond, seconds);
        figures.excluded! += excluded;
        if (best === undefined || loaded.usPerReceived < best.usPerReceived) best = loaded;
        const bare = await highestRate('bare', subscribers, packetsPerSecond, seconds);
        figures.excluded! += bare.excluded;
        floor = Math.min(floor, bare.loaded.usPerReceived);
      }
      figures[`N=${subscribers} floor`] = floor;
      figures[`N=${subscribers} rate`] = best!.packetsPerSecond;
      figures[`N=${subscribers} cost`] = best!.usPerReceived;
      figures[`N=${subscribers} utilization`] = best!.utilization;
      points.push({ subscribers, us: best!.usPerReceived });
      figures.gcm = Math.min(figures.gcm, cpuOfBareGcm());
    }
    return { ...figures, ...fit(points) } satisfies Figures;
  },
  rows: (figure) => [
    ...LOADS.flatMap(({ subscribers }): Row[] => {
      const name = `N=${subscribers}`;
      return [
        { what: `${name}: packets received per second`, measured: figure(`${name} rate`), unit: '' },
        { what: `${name}: of one core`, measured: figure(`${name} utilization`), unit: '' },
        {
          what: `${name}: per received packet, its ${subscribers} sent included`,
          measured: figure(`${name} cost`),
          unit: 'µs',
          atMost: RECEIVED_US_TO_REACH + SENT_US_TO_REACH * subscribers,
        },
        { what: `${name}: the bare loop`, measured: figure(`${name} floor`), unit: 'µs' },
        {
          what: `${name}: ours, of the bare loop`,
          measured: ratio(figure(`${name} cost`), figure(`${name} floor`)),
          unit: 'x',
        },
      ];
    }),
    { what: 'a: per received packet', measured: figure('a'), unit: 'µs', atMost: RECEIVED_US_TO_REACH },
    { what: 'b: per sent packet', measured: figure('b'), unit: 'µs', atMost: SENT_US_TO_REACH },
    { what: 'the machine: bare AES-GCM of 1200 bytes', measured: figure('gcm'), unit: 'µs' },
    { what: 'runs excluded', measured: figure('excluded'), unit: '' },
  ],
};
