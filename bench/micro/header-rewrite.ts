/**
 * CPU of making one subscriber's packet out of the publisher's: header, extensions, VP8 descriptor and the one copy of
 * 1200 bytes; beside that copy alone.
 */
import { ExtensionReader } from '../../src/rtp/extension-reader.ts';
import { HeaderWriter } from '../../src/rtp/header-writer.ts';
import { parseRtpPacket } from '../../src/rtp/rtp-packet.ts';
import { writePayload } from '../../src/sfu/forward/payload-writer.ts';
import type { Bench } from '../bench.ts';
import { cpuUsPerCall } from '../cpu-time.ts';
import { EXTENSION_IDS, MID, PACKET_BYTES, Vp8Stream } from '../vp8-stream.ts';

/** The parts around it, crypto and socket, take some 20 µs: this is not to be seen beside them. */
const MICROSECONDS_TO_REACH = 1;

export const bench: Bench = {
  name: 'header rewrite, CPU per 1200-byte packet and subscriber',
  trials: 7,
  quickTrials: 3,
  trial: ({ quick }) => {
    const count = quick ? 100_000 : 1_000_000;
    const buffer = Buffer.from(new Vp8Stream(1).next());
    const target = Buffer.alloc(2048);
    const extensions = new ExtensionReader(EXTENSION_IDS);
    const writer = new HeaderWriter(EXTENSION_IDS, false, MID);
    const packet = parseRtpPacket(buffer)!;
    extensions.read(packet);
    return {
      copy: cpuUsPerCall(count, () => buffer.copy(target, 0, 0, PACKET_BYTES)),
      parse: cpuUsPerCall(count, () => {
        extensions.read(parseRtpPacket(buffer)!);
      }),
      rewrite: cpuUsPerCall(count, (index) => {
        const start = writer.write(target, 96, false, index & 0xffff, index >>> 0, 2, buffer, extensions);
        writePayload('vp8', packet, index & 0x7fff, -1, target, start);
      }),
    };
  },
  rows: (figure) => [
    { what: 'copy of 1200 bytes', measured: figure('copy'), unit: 'µs' },
    { what: 'parse header and extensions, once per packet', measured: figure('parse'), unit: 'µs' },
    {
      what: 'rewrite, copy included',
      measured: figure('rewrite'),
      unit: 'µs',
      atMost: MICROSECONDS_TO_REACH,
    },
  ],
};
