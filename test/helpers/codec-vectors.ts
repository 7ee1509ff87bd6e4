/** The packets of `test/vectors/codec`, parsed. */
import { readFileSync } from 'node:fs';
import { ExtensionReader } from '../../src/rtp/extension-reader.ts';
import { parseRtpPacket, type RtpPacket } from '../../src/rtp/rtp-packet.ts';

/** The id Chromium gives the dependency descriptor in these recordings. */
const DEPENDENCY_DESCRIPTOR_ID = 13;

export interface RecordedPacket {
  readonly packet: RtpPacket;
  /** Where the dependency descriptor is; length 0: there is none. */
  readonly descriptorOffset: number;
  readonly descriptorLength: number;
}

/** `name` as in `chromium-<name>.txt`. */
export function recordedPackets(name: string): RecordedPacket[] {
  const text = readFileSync(new URL(`../vectors/codec/chromium-${name}.txt`, import.meta.url), 'utf8');
  const extensions = new ExtensionReader({ dependencyDescriptor: DEPENDENCY_DESCRIPTOR_ID });
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const packet = parseRtpPacket(Buffer.from(line, 'hex'))!;
      extensions.read(packet);
      const there = extensions.dependencyDescriptorOffset !== 0;
      return {
        packet,
        descriptorOffset: extensions.dependencyDescriptorOffset,
        descriptorLength: there ? extensions.dependencyDescriptorLength : 0,
      };
    });
}
