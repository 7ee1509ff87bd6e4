/** Times DTLS handshakes of a headless Chromium with DtlsEndpoint under loss. */
import { type Browser, chromium } from 'playwright-core';
import { DtlsTestServer } from './dtls-test-server.ts';
import { seeded } from './seeded.ts';

export const chromiumPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Launches Chromium with a fresh profile, no networking of its own, and host candidates in clear. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
      '--disable-features=WebRtcHideLocalIpsWithMdns',
    ],
  });
}

export interface HandshakeRun {
  /** From the browser's DTLS transport connecting to connected, in its own clock; failed ones are not in it. */
  readonly durationsMs: readonly number[];
  /** Of the browser's side. */
  readonly failed: number;
  /** What our side says of each handshake, in order of completion. */
  readonly outcomes: DtlsTestServer['outcomes'];
  readonly retransmissions: number;
}

export interface HandshakeRunOptions {
  readonly count: number;
  /** Share of DTLS datagrams lost each way, 0..1. */
  readonly loss: number;
  readonly seed: number;
  /** Handshakes at a time. */
  readonly concurrency: number;
}

/** A browser goes on for much longer; what takes longer than this failed for a person. */
const HANDSHAKE_TIMEOUT_MS = 30_000;

/** What a page's functions here need of the browser. */
interface PageDtlsTransport {
  readonly state: string;
  onstatechange: (() => void) | null;
}
interface PagePeer {
  readonly localDescription: { readonly sdp: string };
  addTransceiver(
    kind: string,
    init: object,
  ): { readonly receiver: { readonly transport: PageDtlsTransport } };
  setLocalDescription(): Promise<void>;
  setRemoteDescription(description: object): Promise<void>;
  close(): void;
}
interface HandshakePage {
  readonly RTCPeerConnection: new () => PagePeer;
  answer(offer: string): Promise<string>;
}

/** Runs `count` handshakes, each in a connection of its own in one page. */
export async function runHandshakes(browser: Browser, options: HandshakeRunOptions): Promise<HandshakeRun> {
  const { count, loss, seed, concurrency } = options;
  const server = await DtlsTestServer.open({ loss, random: seeded(seed) });
  const page = await browser.newPage();
  try {
    await page.exposeFunction('answer', (offer: string) => server.answer(offer));
    const durations = await page.evaluate(
      async ({ count, concurrency, timeoutMs }) => {
        const browserPage = globalThis as unknown as HandshakePage;
        const handshake = async (): Promise<number | null> => {
          const pc = new browserPage.RTCPeerConnection();
          const transceiver = pc.addTransceiver('audio', { direction: 'recvonly' });
          await pc.setLocalDescription();
          const { transport } = transceiver.receiver;
          const done = new Promise<number | null>((resolve) => {
            let started = performance.now();
            transport.onstatechange = () => {
              if (transport.state === 'connecting') started = performance.now();
              if (transport.state === 'connected') resolve(performance.now() - started);
              if (transport.state === 'failed' || transport.state === 'closed') resolve(null);
            };
            setTimeout(() => resolve(null), timeoutMs);
          });
          const sdp = await browserPage.answer(pc.localDescription.sdp);
          await pc.setRemoteDescription({ type: 'answer', sdp });
          const duration = await done;
          pc.close();
          return duration;
        };
        const durations: (number | null)[] = [];
        let started = 0;
        const lane = async () => {
          while (started < count) {
            started += 1;
            durations.push(await handshake());
          }
        };
        await Promise.all(Array.from({ length: concurrency }, lane));
        return durations;
      },
      { count, concurrency, timeoutMs: HANDSHAKE_TIMEOUT_MS },
    );
    const durationsMs = durations.filter((duration) => duration !== null);
    const { outcomes, retransmissions } = server;
    return { durationsMs, failed: count - durationsMs.length, outcomes, retransmissions };
  } finally {
    await page.close();
    server.close();
  }
}

/** The value below which `share` (0..1) of the values lie, by the nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
