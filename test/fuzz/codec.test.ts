/** Random, cut and mutated payloads and descriptors never throw out of a codec reader, nor make it write elsewhere. */
import t from 'tap';
import { DependencyDescriptor } from '../../src/rtp/codec/dependency-descriptor.ts';
import { FrameInfo } from '../../src/rtp/codec/frame-info.ts';
import { makeFrameInfoReader, type ReadableCodec } from '../../src/rtp/codec/frame-info-reader.ts';
import { rewriteVp8Descriptor } from '../../src/rtp/codec/vp8.ts';
import { rewriteVp9Descriptor } from '../../src/rtp/codec/vp9.ts';
import { parseRtpPacket } from '../../src/rtp/rtp-packet.ts';
import { mediaPacket } from '../helpers/codec-packets.ts';
import { recordedPackets } from '../helpers/codec-vectors.ts';
import { dependencyDescriptor, L2T2 } from '../helpers/dependency-samples.ts';
import { randomBytes, seeded } from '../helpers/seeded.ts';
import { TestSubscription } from '../helpers/test-subscription.ts';

const SEED = 20261122;
const ROUNDS = 8_000;
const RECORDINGS: Readonly<Record<ReadableCodec, string | undefined>> = {
  vp8: 'vp8-l1t3',
  vp9: 'vp9-l3t3',
  h264: 'h264',
  av1: 'av1-l3t3-key',
  opus: undefined,
};

function mutate(random: () => number, bytes: Buffer, from: number): void {
  for (let flips = 1 + Math.floor(random() * 6); flips > 0; flips -= 1) {
    const at = from + Math.floor(random() * Math.min(bytes.length - from, 40));
    bytes[at] = Math.floor(random() * 256);
  }
}

for (const [codec, recording] of Object.entries(RECORDINGS) as [ReadableCodec, string | undefined][]) {
  t.test(`${codec}: random and mutated payloads (seed ${SEED})`, (t) => {
    const random = seeded(SEED);
    const reader = makeFrameInfoReader(codec);
    const info = new FrameInfo();
    const good = recording === undefined ? [] : recordedPackets(recording);
    let read = 0;
    let wrong = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      let packet = mediaPacket({ payload: randomBytes(random, Math.floor(random() * 60)) });
      let descriptorOffset = 0;
      let descriptorLength = 0;
      const sample = good[round % (good.length + 1)];
      if (sample !== undefined) {
        const bytes = Buffer.from(sample.packet.buffer);
        mutate(random, bytes, random() < 0.5 ? sample.packet.payloadOffset : 16);
        packet = parseRtpPacket(bytes.subarray(0, bytes.length - Math.floor(random() * 20))) ?? packet;
        if (packet.payloadOffset >= sample.descriptorOffset + sample.descriptorLength) {
          ({ descriptorOffset, descriptorLength } = sample);
        }
      }
      if (reader.read(packet, descriptorOffset, descriptorLength, info)) read += 1;
      const { spatialLayer, temporalLayer, pictureId, pictureIdBits, tl0PicIdx, width, height } = info;
      if (spatialLayer > 7 || temporalLayer > 7 || tl0PicIdx > 255) wrong += 1;
      if (pictureId >= 2 ** pictureIdBits || pictureId >= 0 !== pictureIdBits > 0) wrong += 1;
      if (!(width >= 0 && width <= 0x1_0000 && height >= 0 && height <= 0x1_0000)) wrong += 1;
    }
    t.equal(wrong, 0, 'fields stay within their ranges');
    t.ok(read > ROUNDS / 5, `${read} of ${ROUNDS} were read`);
    t.end();
  });
}

t.test(`dependency descriptors (seed ${SEED})`, (t) => {
  const random = seeded(SEED);
  const descriptor = new DependencyDescriptor();
  const key = dependencyDescriptor({ templateId: 60, frameNumber: 1, structure: L2T2 });
  descriptor.read(key, 0, key.length, undefined);
  const structure = descriptor.attachedStructure;
  let read = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const bytes = round % 2 === 0 ? randomBytes(random, Math.floor(random() * 64)) : Buffer.from(key);
    if (round % 2 === 1) mutate(random, bytes, 0);
    if (descriptor.read(bytes, 0, bytes.length, structure)) read += 1;
  }
  t.ok(read > ROUNDS / 50, `${read} of ${ROUNDS} were read`);
  t.end();
});

t.test(`rewriting touches the descriptor alone (seed ${SEED})`, (t) => {
  const random = seeded(SEED);
  let wrong = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const bytes = randomBytes(random, 24);
    const before = Buffer.from(bytes);
    const length = Math.floor(random() * 8);
    const rewrite = round % 2 === 0 ? rewriteVp8Descriptor : rewriteVp9Descriptor;
    rewrite(bytes, 8, length, Math.floor(random() * 40_000) - 1, Math.floor(random() * 300) - 1);
    if (!bytes.subarray(0, 9).equals(before.subarray(0, 9))) wrong += 1;
    if (!bytes.subarray(8 + length).equals(before.subarray(8 + length))) wrong += 1;
  }
  t.equal(wrong, 0);
  t.end();
});

for (const codec of ['vp8', 'vp9', 'av1', 'h264'] as const) {
  t.test(
    `${codec}: a publisher of mutated packets and any numbers is forwarded without a throw (seed ${SEED})`,
    (t) => {
      const random = seeded(SEED);
      const good = recordedPackets(RECORDINGS[codec]!);
      const subscription = new TestSubscription(codec, { encodings: 2 });
      let sequenceNumber = 0;
      for (let round = 0; round < 2_500; round += 1) {
        const sample = good[round % good.length]!;
        const bytes = Buffer.from(sample.packet.buffer);
        if (random() < 0.3) mutate(random, bytes, 1);
        bytes[0] = sample.packet.buffer[0]!;
        sequenceNumber = random() < 0.02 ? Math.floor(random() * 65_536) : (sequenceNumber + 1) & 0xffff;
        bytes.writeUInt16BE(sequenceNumber, 2);
        if (random() < 0.01)
          subscription.forwarder.setTarget(Math.floor(random() * 4) - 1, Math.floor(random() * 4));
        if (random() < 0.005) subscription.restart(Math.floor(random() * 2));
        subscription.nowUs += 5000;
        const packet = parseRtpPacket(bytes);
        if (packet === undefined || packet.payloadOffset < sample.descriptorOffset + sample.descriptorLength)
          continue;
        subscription.offer({ ...sample, packet }, Math.floor(random() * 2));
      }
      t.ok(subscription.received.length > 0, `${subscription.received.length} packets passed`);
      t.end();
    },
  );
}
