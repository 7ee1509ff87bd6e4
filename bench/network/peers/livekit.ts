/**
 * LiveKit: its server, which no distribution packs, and its own SDK in the pages. Both must be there: see `absence`.
 * @see https://docs.livekit.io/home/self-hosting/deployment/ for the configuration
 */
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Test } from 'tap';
import { inInstallation } from '../../../src/app/installation.ts';
import { callPage } from '../bench-page-call.ts';
import type { Call, Peer } from '../peer.ts';
import { emptyPages, freePort, startProgram } from './installed-server.ts';

const PROGRAM = 'livekit-server';
const SDK = inInstallation('node_modules/livekit-client/dist/livekit-client.umd.js');
const ROOM = 'bench';
/** Of this one server, which listens on loopback only and ends with the run. */
const KEY = 'bench';
const SECRET = 'only-for-a-server-on-loopback-that-ends-with-the-run';
const TOKEN_SECONDS = 3600;

export const peer: Peer = {
  name: 'livekit',
  pageModule: 'bench/network/peers/livekit-page.ts',

  async absence() {
    if (spawnSync(PROGRAM, ['--version']).error !== undefined) {
      return 'build it from its Go module and put it on the PATH: go build -o livekit-server ./cmd/server in a checkout of github.com/livekit/livekit-server';
    }
    return existsSync(SDK) ? undefined : 'install its SDK: npm install --no-save livekit-client';
  },

  async start(test: Test): Promise<Call> {
    const [port, udpPort] = [await freePort(), await freePort()];
    const file = join(test.testdir(), 'livekit.yaml');
    writeFileSync(file, configuration(port, udpPort));
    const program = await startProgram(test, PROGRAM, ['--config', file], {
      ready: async () => (await fetch(`http://127.0.0.1:${port}`)).ok,
    });
    const enter = async (page: Page, identity: string) => {
      await page.addScriptTag({ path: SDK });
      return { url: `ws://127.0.0.1:${port}`, token: token(identity) };
    };
    let joins = 0;
    return {
      pageUrl: await emptyPages(test),
      serverPid: program.pid,
      publish: async (page, media) => {
        await callPage(page, 'publish', media, await enter(page, 'publisher'));
      },
      subscribe: async (page, media) => {
        joins += 1;
        await callPage(page, 'receive', media, await enter(page, `subscriber${joins}`));
      },
      metrics: async () => ({}),
    };
  },
};

/** ICE-lite: with checks of its own the server would find the way past the relay. YAML takes JSON as it is. */
function configuration(port: number, udpPort: number): string {
  return JSON.stringify({
    port,
    bind_addresses: ['127.0.0.1'],
    rtc: {
      udp_port: udpPort,
      tcp_port: 0,
      use_ice_lite: true,
      use_external_ip: false,
      enable_loopback_candidate: true,
    },
    keys: { [KEY]: SECRET },
    logging: { level: 'warn' },
  });
}

/** @see https://docs.livekit.io/home/get-started/authentication/, RFC 7519 */
function token(identity: string): string {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = {
    iss: KEY,
    sub: identity,
    nbf: nowSeconds - 10,
    exp: nowSeconds + TOKEN_SECONDS,
    video: { roomJoin: true, room: ROOM },
  };
  const signed = [{ alg: 'HS256', typ: 'JWT' }, claims].map(encoded).join('.');
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
