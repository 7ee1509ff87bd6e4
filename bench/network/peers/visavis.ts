/** Visavis: the whole server in a process of its own, and its SDK. */
import type { Test } from 'tap';
import { makeToken } from '../../../test/helpers/consultation-browser.ts';
import { startServerProcess } from '../../../test/helpers/server-process.ts';
import { callPage } from '../bench-page-call.ts';
import type { Call, Peer } from '../peer.ts';

const ROOM = 'bench';

export const peer: Peer = {
  name: 'visavis',
  pageModule: 'bench/network/peers/visavis-page.ts',
  absence: async () => undefined,

  async start(test: Test): Promise<Call> {
    const server = await startServerProcess(test);
    return {
      pageUrl: `${server.httpUrl}/livez`,
      serverPid: server.child.pid,
      publish: async (page, media) => {
        const token = await makeToken(server, { room: ROOM, role: 'consultant', name: 'publisher' });
        await callPage(page, 'publish', media, { token });
      },
      subscribe: async (page, media) => {
        const token = await makeToken(server, { room: ROOM, role: 'client', name: 'subscriber' });
        await callPage(page, 'receive', media, { token });
      },
      metrics: async () => readMetrics(await (await fetch(`${server.httpUrl}/metrics`)).text()),
    };
  },
};

/** Prometheus' text format as numbers by name and labels. */
function readMetrics(text: string): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [, name, value] = /^([^#\s]\S*) (\S+)$/.exec(line) ?? [];
    if (name !== undefined) metrics[name] = Number(value);
  }
  return metrics;
}
