/**
 * DTLS handshakes of a headless Chromium with our endpoint over loopback: how many complete and how long they take in
 * the browser's clock, without loss and with 30 % of DTLS datagrams lost each way. Three at a time under loss, so
 * that a hundred end soon; one at a time without. The seed is the trial's number, so every trial loses others.
 */
import { launchChromium, percentile, runHandshakes } from '../../test/helpers/chromium-handshakes.ts';
import type { Bench } from '../bench.ts';

export const bench: Bench = {
  name: 'DTLS handshakes with Chromium',
  trials: 3,
  quickTrials: 1,
  trial: async ({ quick, trial }) => {
    const browser = await launchChromium();
    try {
      const clean = await runHandshakes(browser, {
        count: quick ? 10 : 50,
        loss: 0,
        seed: trial + 1,
        concurrency: 1,
      });
      const count = quick ? 30 : 100;
      const lossy = await runHandshakes(browser, { count, loss: 0.3, seed: trial + 1, concurrency: 3 });
      return {
        'clean failed': clean.failed,
        'clean p50': percentile(clean.durationsMs, 0.5),
        'clean p90': percentile(clean.durationsMs, 0.9),
        'lossy failed': lossy.failed,
        'lossy p50': percentile(lossy.durationsMs, 0.5),
        'lossy p90': percentile(lossy.durationsMs, 0.9),
        'lossy max': percentile(lossy.durationsMs, 1),
        'lossy flights sent again': lossy.retransmissions / count,
      };
    } finally {
      await browser.close();
    }
  },
  rows: (figure) => [
    { what: '0 %: failed', measured: figure('clean failed'), unit: '', atMost: 0 },
    { what: '0 %: p50', measured: figure('clean p50'), unit: 'ms', atMost: 60 },
    { what: '0 %: p90', measured: figure('clean p90'), unit: 'ms' },
    { what: '30 %: failed', measured: figure('lossy failed'), unit: '', atMost: 0 },
    { what: '30 %: p50', measured: figure('lossy p50'), unit: 'ms' },
    { what: '30 %: p90', measured: figure('lossy p90'), unit: 'ms', atMost: 1100 },
    { what: '30 %: slowest', measured: figure('lossy max'), unit: 'ms' },
    {
      what: '30 %: our flights sent again',
      measured: figure('lossy flights sent again'),
      unit: 'per handshake',
    },
  ],
};
