/**
 * From `join` in the SDK to the first decoded frame: real Chromium pages, the whole server in a process of its own,
 * loopback. A publisher stays in the room; each join is a page loaded anew, which leaves when it has seen a frame.
 * Publisher, joiner and server share the machine's cores with the browser's encoder.
 */
import { percentile } from '../../test/helpers/chromium-handshakes.ts';
import { enterRoom, launchBrowser, makeToken } from '../../test/helpers/consultation-browser.ts';
import { startServerProcess } from '../../test/helpers/server-process.ts';
import type { Bench } from '../bench.ts';
import { BenchTest } from '../bench-test.ts';

const JOINS = 50;
const QUICK_JOINS = 10;
const GIVE_UP_MS = 15_000;
const PICTURE = { colour: [200, 40, 40], width: 640, height: 360, framesPerSecond: 30 } as const;

export const bench: Bench = {
  name: 'join to first decoded frame in Chromium',
  trials: 1,
  quickTrials: 1,
  trial: async ({ quick }) => {
    const test = new BenchTest();
    try {
      const server = await startServerProcess(test.t);
      const browser = await launchBrowser(test.t);
      const room = 'bench';
      const publisher = await enterRoom(test.t, browser, server, {
        room,
        name: 'doctor',
        role: 'consultant',
      });
      await publisher.do('publishPicture', PICTURE);
      const joiner = await enterRoom(test.t, browser, server, { room, name: 'client' });
      const seen = (): Promise<number | undefined> =>
        joiner.until('firstFrameMs', ['doctor'], (ms) => ms !== undefined, GIVE_UP_MS);
      // The first one waits for the publisher's camera to start as well.
      await seen();
      const times: number[] = [];
      for (let join = 0; join < (quick ? QUICK_JOINS : JOINS); join += 1) {
        await joiner.do('leave');
        await joiner.reloadWith(await makeToken(server, { room, role: 'client', name: 'client' }));
        times.push((await seen())!);
      }
      return {
        joins: times.length,
        p50: percentile(times, 0.5),
        p95: percentile(times, 0.95),
        slowest: percentile(times, 1),
      };
    } finally {
      await test.end();
    }
  },
  rows: (figure) => [
    { what: 'joins, each with a frame seen', measured: figure('joins'), unit: '' },
    { what: 'p50', measured: figure('p50'), unit: 'ms' },
    { what: 'p95', measured: figure('p95'), unit: 'ms', atMost: 700 },
    { what: 'slowest', measured: figure('slowest'), unit: 'ms' },
  ],
};
