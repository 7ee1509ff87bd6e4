/**
 * Collects what a real Chromium sends, before encryption: `node test/vectors/codec/collect.ts [name...]`. Each file
 * holds one packet per line in hex, RTP header whole, payload cut after 48 bytes (the tests need no more;
 * H264's aggregates are whole, because they are read to their end), from the first packet on. Chromium writes plain packets to its log under the field trial WebRTC-Debugging-RtpDump.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { parseRtpPacket, type RtpPacket } from '../../../src/rtp/rtp-packet.ts';

const WANTED: readonly (readonly [name: string, mimeType: string, scalabilityMode: string])[] = [
  ['vp8-l1t3', 'video/VP8', 'L1T3'],
  ['vp9-l3t3', 'video/VP9', 'L3T3'],
  ['vp9-l3t3-key', 'video/VP9', 'L3T3_KEY'],
  ['h264', 'video/H264', 'L1T1'],
  ['av1-l1t2', 'video/AV1', 'L1T2'],
  ['av1-l3t3', 'video/AV1', 'L3T3'],
  ['av1-l3t3-key', 'video/AV1', 'L3T3_KEY'],
];
const PACKETS = 120;
const PAYLOAD_BYTES = 48;
/** NAL unit type, RFC 6184 §5.2. */
const STAP_A = 24;
const MEDIA_SECONDS = 6;

const names = process.argv.slice(2);
for (const [name, mimeType, scalabilityMode] of WANTED) {
  if (names.length > 0 && !names.includes(name)) continue;
  const profile = mkdtempSync(join(tmpdir(), 'visavis-vectors-'));
  const child = spawn(
    process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    [
      '--headless=new',
      '--no-sandbox',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      '--enable-logging=stderr',
      '--vmodule=*rtp*=4,*dump*=4',
      '--force-fieldtrials=WebRTC-Debugging-RtpDump/Enabled/',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const closed = once(child, 'close');
  const lines: string[] = [];
  const endpoint = await new Promise<string>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      const match = /DevTools listening on (ws:\S+)/.exec(line);
      if (match !== null) resolve(match[1]!);
    });
  });
  const browser = await chromium.connectOverCDP(endpoint);
  const page = await browser.newPage();
  const payloadType = await page.evaluate(sendVideo, { mimeType, scalabilityMode, seconds: MEDIA_SECONDS });
  await browser.close();
  child.kill();
  await closed;
  rmSync(profile, { recursive: true });
  const packets = lines.map(toPacket).filter((packet) => packet?.payloadType === payloadType);
  const cut = packets.slice(0, PACKETS).map((packet) => {
    const { buffer, payloadOffset, payloadLength } = packet!;
    // Without the padding flag: a cut packet has no padding length at its end.
    buffer[0] = buffer[0]! & ~0x20;
    const whole = name === 'h264' && (buffer[payloadOffset]! & 0x1f) === STAP_A;
    const kept = whole ? payloadLength : Math.min(payloadLength, PAYLOAD_BYTES);
    return buffer.subarray(0, payloadOffset + kept).toString('hex');
  });
  writeFileSync(join(import.meta.dirname, `chromium-${name}.txt`), `${cut.join('\n')}\n`);
  process.stdout.write(`${name}: ${cut.length} packets of payload type ${payloadType}\n`);
}

/** The outgoing media packet in a line of the log, if there is one. */
function toPacket(line: string): RtpPacket | undefined {
  const match = /O \d\d:\d\d:\d\d\.\d+ 0000 ([0-9a-f ]+?) # RTP_DUMP/.exec(line);
  if (match === null) return undefined;
  const packet = parseRtpPacket(Buffer.from(match[1]!.replaceAll(' ', ''), 'hex'));
  return packet !== undefined && packet.payloadLength > 0 ? packet : undefined;
}

/** Runs in the page: sends a moving picture from one peer connection to another; returns its payload type. */
async function sendVideo(how: {
  mimeType: string;
  scalabilityMode: string;
  seconds: number;
}): Promise<number> {
  // biome-ignore lint/suspicious/noExplicitAny: page code, outside the types of this project
  const dom = globalThis as any;
  const canvas = dom.document.createElement('canvas');
  canvas.width = 1280;
  canvas.height = 720;
  const context = canvas.getContext('2d');
  let frame = 0;
  dom.setInterval(() => {
    context.fillStyle = `hsl(${frame}, 40%, 50%)`;
    context.fillRect(0, 0, 1280, 720);
    context.fillStyle = '#fff';
    context.fillRect((frame * 5) % 1200, 200, 60, 60);
    frame += 1;
  }, 33);
  const from = new dom.RTCPeerConnection();
  const to = new dom.RTCPeerConnection();
  from.onicecandidate = (event: { candidate: unknown }) =>
    event.candidate && to.addIceCandidate(event.candidate);
  to.onicecandidate = (event: { candidate: unknown }) =>
    event.candidate && from.addIceCandidate(event.candidate);
  const transceiver = from.addTransceiver(canvas.captureStream(30).getTracks()[0], {
    direction: 'sendonly',
    sendEncodings: [{ scalabilityMode: how.scalabilityMode, maxBitrate: 2_000_000 }],
  });
  const codecs = dom.RTCRtpSender.getCapabilities('video').codecs;
  const wanted = codecs.filter((codec: { mimeType: string }) => codec.mimeType === how.mimeType);
  transceiver.setCodecPreferences(wanted.slice(0, 1));
  await from.setLocalDescription();
  await to.setRemoteDescription(from.localDescription);
  await to.setLocalDescription();
  await from.setRemoteDescription(to.localDescription);
  await new Promise((resolve) => dom.setTimeout(resolve, how.seconds * 1000));
  return transceiver.sender.getParameters().codecs[0].payloadType;
}
