/** Janus (Debian's package `janus`) and its videoroom plugin, with the pages that browsers talk to each other by. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Test } from 'tap';
import { callPage } from '../bench-page-call.ts';
import type { MediaPlan } from '../page-calls.ts';
import type { Call, Peer } from '../peer.ts';
import { emptyPages, freePort, startProgram } from './installed-server.ts';
import { JanusSession } from './janus-session.ts';

const PROGRAM = 'janus';
const VIDEOROOM = 'janus.plugin.videoroom';
const ROOM = 1;
const UP_WITHIN_MS = 30_000;

export const peer: Peer = {
  name: 'janus',
  pageModule: 'bench/network/peers/chrome-direct-page.ts',

  async absence() {
    // Its status says nothing: with --version it is 1.
    if (spawnSync(PROGRAM, ['--version']).error !== undefined) return 'install it: apt-get install janus';
    return pluginFolder('plugins') === undefined ? 'its plugins are not where Debian has them' : undefined;
  },

  async start(test: Test): Promise<Call> {
    const port = await freePort();
    const folder = test.testdir();
    for (const [name, text] of Object.entries(configuration(port, folder)))
      writeFileSync(join(folder, name), text);
    const base = `http://127.0.0.1:${port}/janus`;
    const program = await startProgram(test, PROGRAM, [`--configs-folder=${folder}`, '--disable-colors'], {
      ready: async () => (await fetch(`${base}/info`)).ok,
    });
    const session = await JanusSession.open(base);
    test.teardown(() => session.close());
    let feed: unknown;
    let isUp = false;
    return {
      pageUrl: await emptyPages(test),
      serverPid: program.pid,
      publish: async (page, media) => {
        const handle = await session.attach(VIDEOROOM);
        await handle.ask(roomFor(media));
        const { data } = await handle.ask({ request: 'join', ptype: 'publisher', room: ROOM });
        feed = data.id;
        const sdp = withoutCandidates(String(await callPage(page, 'publish', media, undefined)));
        const { jsep } = await handle.ask(
          { request: 'configure', audio: true, video: true },
          { type: 'offer', sdp },
        );
        await callPage(page, 'call', 'finish', jsep?.sdp);
        isUp = await Promise.race([handle.up.then(() => true), pause(UP_WITHIN_MS, false, { ref: false })]);
      },
      subscribe: async (page, media) => {
        // Janus knows a publisher from then on; a call that never got so far is one without a picture.
        if (!isUp) return;
        const handle = await session.attach(VIDEOROOM);
        const { jsep } = await handle.ask({
          request: 'join',
          ptype: 'subscriber',
          room: ROOM,
          streams: [{ feed }],
        });
        const sdp = withoutCandidates(String(await callPage(page, 'receive', media, jsep?.sdp)));
        await handle.ask({ request: 'start' }, { type: 'answer', sdp });
      },
      metrics: async () => ({}),
    };
  },
};

/** Janus caps no bitrate: the page does. Forward error correction of Opus is on, as the browser offers it. */
function roomFor({ codec }: MediaPlan): object {
  return {
    request: 'create',
    room: ROOM,
    publishers: 8,
    bitrate: 0,
    audiocodec: 'opus',
    opus_fec: true,
    videocodec: codec,
  };
}

/** What Janus knows of the page's own addresses it would use, past the relay; so it learns them from the checks alone. */
function withoutCandidates(sdp: string): string {
  return sdp.replaceAll(/^a=candidate:.*\r\n/gm, '');
}

/** ICE-lite: with checks of its own Janus would find the way past the relay. */
function configuration(port: number, folder: string): Record<string, string> {
  return {
    'janus.jcfg': `general: {
  configs_folder = "${folder}"
  plugins_folder = "${pluginFolder('plugins')}"
  transports_folder = "${pluginFolder('transports')}"
  debug_level = 3
  session_timeout = 0
}
nat: {
  ice_lite = true
}
plugins: {
  disable = "${others('plugins', 'videoroom')}"
}
transports: {
  disable = "${others('transports', 'http')}"
}
events: {
  broadcast = false
}
`,
    'janus.transport.http.jcfg': `general: {
  json = "plain"
  base_path = "/janus"
  http = true
  port = ${port}
  ip = "127.0.0.1"
  https = false
}
admin: {
  admin_http = false
}
`,
    'janus.plugin.videoroom.jcfg': 'general: {\n}\n',
  };
}

function pluginFolder(kind: 'plugins' | 'transports'): string | undefined {
  return globSync(`/usr/lib/*/janus/${kind}`).find((path) => existsSync(path));
}

/** Those of a kind that are not wanted, for `disable`. */
function others(kind: 'plugins' | 'transports', wanted: string): string {
  return globSync(`${pluginFolder(kind)}/libjanus_*.so`)
    .map((path) => path.slice(path.lastIndexOf('/') + 1))
    .filter((name) => !name.includes(`_${wanted}.`))
    .join(',');
}
