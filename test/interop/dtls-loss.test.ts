/**
 * A real Chromium completes DTLS with our endpoint, also when three of ten DTLS datagrams are lost each way.
 * The full figures (100 handshakes, percentiles against their targets) come from bench/wire/handshake.ts.
 */
import t from 'tap';
import { launchChromium, percentile, runHandshakes } from '../helpers/chromium-handshakes.ts';

const browser = await launchChromium();
t.teardown(() => browser.close());

for (const { loss, count, seed } of [
  { loss: 0, count: 10, seed: 1 },
  { loss: 0.3, count: 30, seed: 2 },
]) {
  t.test(`${count} of ${count} handshakes complete at ${loss * 100} % loss`, async (t) => {
    t.comment(`seed ${seed}`);
    const run = await runHandshakes(browser, { count, loss, seed, concurrency: 3 });
    const [p50, p90] = [0.5, 0.9].map((share) => percentile(run.durationsMs, share).toFixed(0));
    t.comment(`p50 ${p50} ms, p90 ${p90} ms`);
    t.equal(run.durationsMs.length, count);
    t.equal(run.failed, 0);
    const keys = run.outcomes.filter((outcome) => 'keys' in outcome);
    t.equal(keys.length, count, 'on our side too');
    t.ok(keys.every((outcome) => outcome.keys.profile === 'AEAD_AES_128_GCM'));
    const distinct = new Set(keys.map((outcome) => outcome.keys.local.masterKey.toString('hex')));
    t.equal(distinct.size, count, 'each with keys of its own');
    if (loss > 0) t.ok(run.retransmissions > 0, 'the loss was real');
  });
}
