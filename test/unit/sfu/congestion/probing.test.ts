import t from 'tap';
import { ProbeBitrateEstimator } from '../../../../src/sfu/congestion/probe-bitrate-estimator.ts';
import { ProbeController } from '../../../../src/sfu/congestion/probe-controller.ts';

function measure(
  sendUs: number,
  receiveUs: number,
  packets = 10,
  inherent = 0,
  lost = 0,
): number | undefined {
  const estimator = new ProbeBitrateEstimator();
  estimator.begin(7, 1000 * packets, 5);
  for (let index = 0; index < packets - lost; index += 1) {
    estimator.acked(7, 1000, index * sendUs, 5e6 + index * receiveUs);
  }
  for (let index = 0; index < lost; index += 1) estimator.lost(7);
  return estimator.result(7, inherent, inherent);
}

t.test('a probe measures the lesser of the rates at which it left and arrived', async (t) => {
  t.equal(measure(4000, 4000), 2e6);
  t.equal(measure(4000, 3800), 2e6, 'no more than it left at');
  t.equal(measure(4000, 8000), 0.95 * 1e6, 'a full link, less a margin');
  t.equal(measure(4000, 1900), undefined, 'more than twice as fast as it left');
  t.equal(measure(0, 4000), undefined);
  t.equal(measure(4000, 0), undefined);
  t.equal(measure(200_000, 200_000), undefined, 'too slow to be a probe');
});

t.test('too little of it says nothing; what is lost anyway is not missed', async (t) => {
  t.equal(measure(4000, 4000, 10, 0, 3), undefined);
  t.equal(Math.round(measure(4000, 4000, 10, 0.3, 3)!), Math.round(2e6 / 0.7));
  const estimator = new ProbeBitrateEstimator();
  estimator.acked(3, 1000, 0, 0);
  estimator.lost(-1);
  t.equal(estimator.result(3, 0, 0), undefined, 'never begun');
});

t.test('the first probes are three and six times the start, then twice each success', async (t) => {
  const probes = new ProbeController(300_000, 20e6);
  probes.setDemand(2.5e6, 0);
  t.equal(probes.take(), undefined, 'nothing before feedback');
  probes.start(0);
  t.equal(probes.take()!.bitsPerSecond, 900_000);
  const second = probes.take()!;
  t.equal(second.bitsPerSecond, 1_800_000);
  t.equal(second.minPackets, 5);
  t.equal(second.minBytes, (1_800_000 * 0.015) / 8);
  probes.setEstimate(1.5e6, 100_000);
  probes.measured(1.5e6, 100_000);
  t.equal(probes.take()!.bitsPerSecond, 3e6);
  probes.measured(2e6, 200_000);
  t.equal(probes.take(), undefined, 'less than 70 %: no further');
});

t.test('it never probes beyond what is wanted times the headroom, nor where nothing is wanted', async (t) => {
  const probes = new ProbeController(300_000, 20e6);
  probes.setDemand(200_000, 0);
  probes.start(0);
  t.equal(probes.take()!.bitsPerSecond, 600_000);
  t.equal(probes.take()!.bitsPerSecond, 600_000);
  probes.setEstimate(600_000, 1e6);
  t.equal(probes.take(), undefined);
  probes.process(60e6);
  probes.process(120e6);
  t.equal(probes.take(), undefined);
  t.equal(probes.nextTimeoutUs, Number.POSITIVE_INFINITY);
  const idle = new ProbeController(300_000, 20e6);
  idle.start(0);
  idle.process(60e6);
  t.equal(idle.take(), undefined);
  t.equal(idle.nextTimeoutUs, Number.POSITIVE_INFINITY);
});

t.test('while more is wanted it probes again every few seconds, and soon after a large drop', async (t) => {
  const probes = new ProbeController(300_000, 20e6);
  probes.start(0);
  probes.setDemand(2.5e6, 0);
  while (probes.take() !== undefined);
  let count = 0;
  for (let ms = 0; ms < 60_000; ms += 10) {
    probes.process(ms * 1000);
    if (probes.take() !== undefined) count += 1;
  }
  t.ok(count >= 8 && count <= 16, `${count} in a minute`);
  probes.setEstimate(2e6, 61e6);
  probes.setEstimate(0.5e6, 62e6);
  probes.process(70e6);
  while (probes.take() !== undefined);
  probes.process(72e6);
  probes.setEstimate(2e6, 73e6);
  probes.setEstimate(0.5e6, 74e6);
  probes.recovered(75e6);
  t.equal(probes.take()?.bitsPerSecond, 0.85 * 2e6);
});

t.test('a held limit is not probed, and a limit of loss in small steps', async (t) => {
  const probes = new ProbeController(500_000, 20e6);
  probes.setDemand(2.5e6, 0);
  probes.held = true;
  probes.start(0);
  t.equal(probes.take(), undefined);
  probes.held = false;
  probes.lossLimited = true;
  probes.process(10e6);
  t.equal(probes.take()!.bitsPerSecond, 750_000);
});
