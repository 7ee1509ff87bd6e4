/**
 * A real Chromium completes DTLS with our endpoint, also when three of ten DTLS datagrams are lost each way.
 * The full figures (100 handshakes, percentiles against their targets) come from bench/wire/handshake.ts.
 */
import { existsSync } from 'node:fs';
import t from 'tap';
import { chromiumPath, launchChromium, percentile, runHandshakes } from '../helpers/chromium-handshakes.ts';

if (!existsSync(chromiumPath)) {
  t.plan(0, { skip: `no Chromium at ${chromiumPath} (apt-get install chromium, or set CHROMIUM_PATH)` });
} else {
  const browser = await launchChromium();
  t.teardown(() => browser.close());

  for (const { loss, count, seed } of [
    { loss: 0, count: 10, seed: 1 },
    { loss: 0.3, count: 30, seed: 2 },
  ]) {
    t.test(`${count} of ${count} handshakes complete at ${loss * 100} % loss`, async (t) => {
      t.comment(`seed ${seed}`);
      const run = await runHandshakes(browser, { count, loss, seed, concurrency: 3 });
      t.comment(
        `p50 ${percentile(run.durationsMs, 0.5).toFixed(0)} ms, p90 ${percentile(run.durationsMs, 0.9).toFixed(0)} ms`,
      );
      t.equal(run.durationsMs.length, count);
      t.equal(run.failed, 0);
      const keys = run.outcomes.filter((outcome) => 'keys' in outcome);
      t.equal(keys.length, count, 'on our side too');
      t.ok(keys.every((outcome) => outcome.keys.profile === 'AEAD_AES_128_GCM'));
      if (loss === 0)
        t.equal(new Set(keys.map(({ keys }) => keys.local.masterKey.toString('hex'))).size, count);
      else t.ok(run.retransmissions > 0, 'the loss was real');
    });
  }
}
