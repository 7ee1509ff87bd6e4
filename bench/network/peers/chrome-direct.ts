/** Chromium to Chromium without a server. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import type { Test } from 'tap';
import { callPage } from '../bench-page-call.ts';
import type { Call, Peer } from '../peer.ts';

export const peer: Peer = {
  name: 'chrome-direct',
  pageModule: 'bench/network/peers/chrome-direct-page.ts',
  isDirect: true,
  absence: async () => undefined,

  async start(test: Test): Promise<Call> {
    const server = createServer((_request, response) => response.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    test.teardown(() => server.close());
    let publisher: Page | undefined;
    let offer: unknown;
    return {
      pageUrl: `http://localhost:${(server.address() as AddressInfo).port}/`,
      serverPid: undefined,
      publish: async (page, media) => {
        publisher = page;
        offer = await callPage(page, 'publish', media, undefined);
      },
      subscribe: async (page, media) => {
        if (publisher === undefined) throw new Error('publish first');
        const answer = await callPage(page, 'receive', media, offer);
        await callPage(publisher, 'call', 'finish', answer);
      },
      metrics: async () => ({}),
    };
  },
};
