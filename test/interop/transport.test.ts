/** Chromium reaches a media worker over UDP and over TCP, keeps its keys over an ICE restart, and is known by its certificate. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Browser, chromium, type Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { createDtlsCertificate } from '../../src/transport/dtls/certificate.ts';
import type { DtlsFingerprint, HostCandidate, IceParameters } from '../../src/transport/media-messages.ts';
import { MediaWorker } from '../../src/transport/media-worker.ts';
import { mediaWorkerDefaults } from '../../src/transport/media-worker-options.ts';
import { WorkerLog } from '../helpers/worker-log.ts';

/** The part of WebRTC that a page of this test uses. */
interface AudioPage {
  pc: AudioPeerConnection;
  readonly RTCPeerConnection: new () => AudioPeerConnection;
  readonly AudioContext: new () => {
    createOscillator(): { connect(node: unknown): void; start(): void };
    createMediaStreamDestination(): { stream: { getAudioTracks(): unknown[] } };
  };
}

interface AudioPeerConnection {
  readonly connectionState: string;
  readonly localDescription: { readonly sdp: string };
  onconnectionstatechange: (() => void) | null;
  addTransceiver(track: unknown, init: { direction: string }): void;
  createOffer(options: { iceRestart: boolean }): Promise<{ type: string; sdp: string }>;
  setLocalDescription(description: { type: string; sdp: string }): Promise<void>;
  setRemoteDescription(description: { type: string; sdp: string }): Promise<void>;
}

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const browser: Browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required'],
});
t.teardown(() => browser.close());

const certificate = await createDtlsCertificate();

async function startWorker(t: Test): Promise<{ worker: MediaWorker; log: WorkerLog }> {
  const log = new WorkerLog();
  const listen = [{ address: '127.0.0.1', udpPort: 0, tcpPort: 0 }];
  const worker = new MediaWorker(
    { listen, announced: [], certificate, limits: mediaWorkerDefaults },
    log.post,
  );
  t.teardown(() => worker.close());
  await worker.start();
  worker.handleMessage({ type: 'createRoom', roomId: 'room' });
  worker.handleMessage({
    type: 'router',
    roomId: 'room',
    command: { type: 'createTransport', transportId: 'page', extensionIds: {}, mixedExtensions: false },
  });
  return { worker, log };
}

/** A page that offers one audio line with a tone. */
async function openPage(t: Test): Promise<Page> {
  const page = await browser.newPage();
  t.teardown(() => page.close());
  await page.evaluate(() => {
    const audio = globalThis as unknown as AudioPage;
    const context = new audio.AudioContext();
    const tone = context.createOscillator();
    const destination = context.createMediaStreamDestination();
    tone.connect(destination);
    tone.start();
    audio.pc = new audio.RTCPeerConnection();
    audio.pc.addTransceiver(destination.stream.getAudioTracks()[0], { direction: 'sendonly' });
  });
  return page;
}

async function offer(page: Page, iceRestart = false): Promise<string> {
  return page.evaluate(async (restart) => {
    const { pc } = globalThis as unknown as AudioPage;
    await pc.setLocalDescription(await pc.createOffer({ iceRestart: restart }));
    return pc.localDescription.sdp;
  }, iceRestart);
}

function attribute(sdp: string, name: string): string {
  return new RegExp(`^a=${name}:(.*)$`, 'm').exec(sdp)![1]!.trim();
}

function answer(local: IceParameters, candidates: readonly HostCandidate[]): string {
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=ice-lite',
    'a=group:BUNDLE 0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    'a=recvonly',
    'a=rtcp-mux',
    'a=rtpmap:111 opus/48000/2',
    `a=ice-ufrag:${local.usernameFragment}`,
    `a=ice-pwd:${local.password}`,
    `a=fingerprint:${certificate.fingerprint.algorithm} ${certificate.fingerprint.value}`,
    'a=setup:passive',
    ...candidates.map(
      ({ foundation, protocol, priority, address, port }) =>
        `a=candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} typ host${protocol === 'tcp' ? ' tcptype passive' : ''}`,
    ),
    'a=end-of-candidates',
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** Answers an offer of the page, by the candidates of `protocol`. */
async function connect(
  page: Page,
  { worker, log }: { worker: MediaWorker; log: WorkerLog },
  local: IceParameters,
  options: {
    protocol: 'udp' | 'tcp';
    others?: readonly HostCandidate[];
    iceRestart?: boolean;
    fingerprint?: DtlsFingerprint;
  },
): Promise<void> {
  const sdp = await offer(page, options.iceRestart);
  const [algorithm, value] = attribute(sdp, 'fingerprint').split(' ') as [string, string];
  worker.handleMessage({
    type: 'connectTransport',
    roomId: 'room',
    transportId: 'page',
    local,
    remote: { usernameFragment: attribute(sdp, 'ice-ufrag'), password: attribute(sdp, 'ice-pwd') },
    fingerprints: [options.fingerprint ?? { algorithm, value }],
  });
  const candidate = await log.candidate(options.protocol);
  await page.evaluate(
    async (text) => {
      const { pc } = globalThis as unknown as AudioPage;
      await pc.setRemoteDescription({ type: 'answer', sdp: text });
    },
    answer(local, [...(options.others ?? []), candidate]),
  );
}

/** Resolves when the page itself calls the connection `state`. */
async function pageState(page: Page, state: string): Promise<void> {
  await page.evaluate(async (wanted) => {
    const { pc } = globalThis as unknown as AudioPage;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (pc.connectionState === wanted) resolve();
      };
      pc.onconnectionstatechange = look;
      look();
    });
  }, state);
}

/** Audio packets that the Router has received from the page, asked for until there are more than `more`. */
async function packetsBeyond({ worker, log }: { worker: MediaWorker; log: WorkerLog }, more: number) {
  for (;;) {
    requests += 1;
    const requestId = requests;
    worker.handleMessage({ type: 'router', roomId: 'room', command: { type: 'getStats', requestId } });
    const { event } = await log.until(
      'router',
      ({ event }) => event.type === 'stats' && event.requestId === requestId,
    );
    const packets = event.type === 'stats' ? (event.stats.transports[0]?.packetsReceived ?? 0) : 0;
    if (packets > more) return packets;
    // The packets come in the meantime.
    await new Promise(setImmediate);
  }
}

let requests = 0;
const firstIce: IceParameters = { usernameFragment: 'server1', password: 'password-of-the-server-1' };
const secondIce: IceParameters = { usernameFragment: 'server2', password: 'password-of-the-server-2' };

for (const protocol of ['udp', 'tcp'] as const) {
  t.test(`Chromium connects over ${protocol} and its audio arrives`, async (t) => {
    const started = await startWorker(t);
    const page = await openPage(t);
    await connect(page, started, firstIce, { protocol });
    const connected = await started.log.state('page', 'connected');
    t.equal(connected.protocol, protocol);
    await pageState(page, 'connected');
    t.ok((await packetsBeyond(started, 10)) > 10);
  });
}

t.test('after an ICE restart Chromium goes on with the same keys', async (t) => {
  const started = await startWorker(t);
  const page = await openPage(t);
  await connect(page, started, firstIce, { protocol: 'udp' });
  await started.log.state('page', 'connected');
  const before = await packetsBeyond(started, 0);
  await connect(page, started, secondIce, { protocol: 'udp', iceRestart: true });
  await pageState(page, 'connected');
  t.ok((await packetsBeyond(started, before + 50)) > before + 50);
  const states = started.log.messages.filter((message) => message.type === 'transportState');
  t.same(
    states.map(({ state }) => state),
    ['connecting', 'connected'],
  );
  started.worker.handleMessage({ type: 'getWorkerStats', requestId: 1 });
  const { counters } = (await started.log.until('workerStats')).stats;
  t.match(counters, { srtpNotAuthentic: 0, srtpReplayed: 0, stunIntegrityWrong: 0 });
});

t.test('where no UDP comes through, Chromium finds the way over TCP by itself', async (t) => {
  const started = await startWorker(t);
  const silent = createSocket('udp4');
  silent.bind(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => silent.close());
  const page = await openPage(t);
  const blocked = { ...(await started.log.candidate('udp')), port: silent.address().port };
  await connect(page, started, firstIce, { protocol: 'tcp', others: [blocked] });
  t.equal((await started.log.state('page', 'connected')).protocol, 'tcp');
  t.ok((await packetsBeyond(started, 10)) > 10);
});

t.test('Chromium under another certificate than announced is refused', async (t) => {
  const started = await startWorker(t);
  const page = await openPage(t);
  const fingerprint = { algorithm: 'sha-256', value: Array(32).fill('AB').join(':') };
  await connect(page, started, firstIce, { protocol: 'udp', fingerprint });
  t.equal((await started.log.state('page', 'failed')).reason, 'dtls_fingerprint');
  await pageState(page, 'failed');
});
