/**
 * A call between two real browsers without loss, and with 30 % of everything lost on both legs. The bounds are loose on
 * purpose, for busy machines: only a collapse misses them. What is to be reached is in bench/network/scenarios.ts.
 */
import t from 'tap';
import { figuresOf } from '../../bench/network/figures.ts';
import { peer } from '../../bench/network/peers/visavis.ts';
import { runScenario } from '../../bench/network/run-scenario.ts';
import { scenarios } from '../../bench/network/scenarios.ts';

const SEED = 20261122;

for (const { name, seconds, bounds } of [
  { name: '0', seconds: 15, bounds: { fps: 12, kbits: 400, p95Ms: 800, longestMs: 2500, concealed: 5 } },
  { name: '30', seconds: 25, bounds: { fps: 8, kbits: 200, p95Ms: 1500, longestMs: 5000, concealed: 10 } },
]) {
  const scenario = scenarios.find((one) => one.name === name)!;
  t.test(`a call at ${scenario.title} does not collapse`, async (t) => {
    t.comment(`seed ${SEED}`);
    const record = await runScenario(peer, scenario, { seed: SEED, seconds, warmUpSeconds: 6 });
    const figures = figuresOf(record, scenario);
    t.comment(
      Object.entries(figures)
        .map(([what, value]) => `${what} ${Number(value.toFixed(1))}`)
        .join(' · '),
    );
    t.ok(figures.fps! >= bounds.fps, `${figures.fps} frames per second`);
    t.ok(figures['video kbit/s']! >= bounds.kbits, `${figures['video kbit/s']} kbit/s of video`);
    t.ok(figures['p95 ms']! <= bounds.p95Ms, `p95 ${figures['p95 ms']} ms`);
    t.ok(figures['longest gap ms']! <= bounds.longestMs, `longest gap ${figures['longest gap ms']} ms`);
    t.ok(figures['audio concealed %']! <= bounds.concealed, `${figures['audio concealed %']} % concealed`);
    const up = record.seconds.at(-1)!.legs.publisher!.up;
    const lost = up.lost / up.packets;
    t.ok(Math.abs(lost - (scenario.legs.publisher.up.loss ?? 0)) < 0.03, `the relay lost ${lost}`);
  });
}
