/** SVC as Chromium sends it: whatever is chosen, each picture ends with the marker and every reference is there. */
import t from 'tap';
import { add16 } from '../../../../src/base/serial-number.ts';
import { DependencyDescriptor } from '../../../../src/rtp/codec/dependency-descriptor.ts';
import type { DependencyStructure } from '../../../../src/rtp/codec/dependency-structure.ts';
import { type RecordedPacket, recordedPackets } from '../../../helpers/codec-vectors.ts';
import { type Received, TestSubscription } from '../../../helpers/test-subscription.ts';

type TapTest = Pick<typeof t, 'same'>;
type Codec = 'vp8' | 'vp9' | 'av1';

/** The recording without the holes that Chromium's own padding left in it. */
function recording(name: string): RecordedPacket[] {
  const packets = recordedPackets(name);
  for (const [index, { packet }] of packets.entries()) packet.sequenceNumber = (65_500 + index) & 0xffff;
  return packets;
}

/** References of each frame by dependency descriptor, as `frame number` of the subscriber. */
function checkDescriptors(
  t: TapTest,
  received: readonly Received[],
  packets: readonly RecordedPacket[],
): void {
  const descriptor = new DependencyDescriptor();
  let structure: DependencyStructure | undefined;
  const frames = new Set<number>();
  const wrong: string[] = [];
  for (const { source, pictureId } of received) {
    const { descriptorOffset, descriptorLength } = packets.find(({ packet }) => packet === source)!;
    descriptor.read(source.buffer, descriptorOffset, descriptorLength, structure);
    structure = descriptor.attachedStructure ?? structure;
    for (let index = 0; index < descriptor.frameDiffCount; index += 1) {
      const reference = (pictureId - descriptor.frameDiffs[index]!) & 0xffff;
      if (descriptor.startOfFrame && !frames.has(reference)) wrong.push(`${pictureId} needs ${reference}`);
    }
    frames.add(pictureId);
  }
  t.same(wrong, []);
}

/** References of each VP9 layer frame by its P and D bits and P_DIFF (flexible mode, long picture ids). */
function checkVp9References(t: TapTest, received: readonly Received[]): void {
  const frames = new Set<string>();
  const wrong: string[] = [];
  for (const { payload, pictureId } of received) {
    const flags = payload[0]!;
    const spatial = (payload[3]! >> 1) & 7;
    if ((flags & 0x40) !== 0) {
      for (let at = 4, more = true; more; at += 1) {
        const reference = `${(pictureId - (payload[at]! >> 1)) & 0x7fff}/${spatial}`;
        if (!frames.has(reference)) wrong.push(`${pictureId}/${spatial} needs ${reference}`);
        more = (payload[at]! & 1) !== 0;
      }
    }
    if ((payload[3]! & 1) !== 0 && !frames.has(`${pictureId}/${spatial - 1}`))
      wrong.push(`${pictureId}/${spatial} needs the layer below`);
    frames.add(`${pictureId}/${spatial}`);
  }
  t.same(wrong, []);
}

/** The marker ends each picture, unless Chromium itself forgot it (it does just before it adds VP9 layers). */
function checkMarkers(t: TapTest, received: readonly Received[], packets: readonly RecordedPacket[]): void {
  const marked = new Set(packets.filter(({ packet }) => packet.marker).map(({ packet }) => packet.timestamp));
  const wrong: string[] = [];
  for (const [index, { source, marker, timestamp, sequenceNumber }] of received.entries()) {
    const next = received[index + 1];
    if (next === undefined) continue;
    const ends = next.timestamp !== timestamp && marked.has(source.timestamp);
    if (ends !== marker) wrong.push(`${sequenceNumber}: ${marker}`);
    if (next.sequenceNumber !== add16(sequenceNumber, 1)) wrong.push(`hole after ${sequenceNumber}`);
  }
  t.same(wrong, []);
}

interface Plan {
  readonly name: string;
  readonly codec: Codec;
  readonly recording: string;
  /** From this packet of the recording on, at most these layers. */
  readonly targets: readonly (readonly [fromPacket: number, spatial: number, temporal: number])[];
  /** Layers of the last packets that passed, and whether a key frame is asked for at the end. */
  readonly endsWith: { readonly spatial: number; readonly temporal: number; readonly needsKeyFrame: boolean };
}

const plans: readonly Plan[] = [
  {
    name: 'VP8 by descriptor: all layers',
    codec: 'vp8',
    recording: 'vp8-l1t3',
    targets: [[0, 0, 7]],
    endsWith: { spatial: 0, temporal: 2, needsKeyFrame: false },
  },
  {
    name: 'VP8 by descriptor: down to the base and up again',
    codec: 'vp8',
    recording: 'vp8-l1t3',
    targets: [
      [0, 0, 7],
      [30, 0, 0],
      [60, 0, 1],
      [90, 0, 2],
    ],
    endsWith: { spatial: 0, temporal: 2, needsKeyFrame: false },
  },
  {
    name: 'AV1 full SVC: higher layers begin in a delta picture',
    codec: 'av1',
    recording: 'av1-l3t3',
    targets: [[0, 7, 7]],
    endsWith: { spatial: 2, temporal: 2, needsKeyFrame: false },
  },
  {
    name: 'AV1 full SVC: middle layer only',
    codec: 'av1',
    recording: 'av1-l3t3',
    targets: [[0, 1, 1]],
    endsWith: { spatial: 1, temporal: 1, needsKeyFrame: false },
  },
  {
    name: 'AV1 full SVC: down layer by layer',
    codec: 'av1',
    recording: 'av1-l3t3',
    targets: [
      [0, 2, 2],
      [50, 1, 2],
      [80, 0, 0],
    ],
    endsWith: { spatial: 0, temporal: 0, needsKeyFrame: false },
  },
  {
    name: 'AV1 full SVC: up again needs a key frame',
    codec: 'av1',
    recording: 'av1-l3t3',
    targets: [
      [0, 2, 2],
      [50, 0, 2],
      [80, 2, 2],
    ],
    endsWith: { spatial: 0, temporal: 2, needsKeyFrame: true },
  },
  {
    name: 'AV1 full SVC: temporal layers down and up',
    codec: 'av1',
    recording: 'av1-l3t3',
    targets: [
      [0, 2, 2],
      [40, 2, 0],
      [70, 2, 2],
    ],
    endsWith: { spatial: 2, temporal: 2, needsKeyFrame: false },
  },
  {
    name: 'AV1 K-SVC: the highest layer passes alone',
    codec: 'av1',
    recording: 'av1-l3t3-key',
    targets: [[0, 7, 7]],
    endsWith: { spatial: 2, temporal: 2, needsKeyFrame: false },
  },
  {
    name: 'AV1 K-SVC: down needs a key frame',
    codec: 'av1',
    recording: 'av1-l3t3-key',
    targets: [
      [0, 2, 2],
      [60, 0, 2],
    ],
    endsWith: { spatial: 2, temporal: 2, needsKeyFrame: true },
  },
  {
    name: 'AV1 K-SVC: base layer',
    codec: 'av1',
    recording: 'av1-l3t3-key',
    targets: [[0, 0, 1]],
    endsWith: { spatial: 0, temporal: 1, needsKeyFrame: false },
  },
  {
    name: 'AV1 K-SVC: a higher layer wanted in mid-picture does not follow the marker of a lower one',
    codec: 'av1',
    recording: 'av1-l3t3-key',
    targets: [
      [0, 1, 2],
      [8, 2, 2],
    ],
    endsWith: { spatial: 1, temporal: 2, needsKeyFrame: true },
  },
  {
    name: 'AV1 temporal layers',
    codec: 'av1',
    recording: 'av1-l1t2',
    targets: [
      [0, 0, 0],
      [40, 0, 1],
      [80, 0, 0],
    ],
    endsWith: { spatial: 0, temporal: 0, needsKeyFrame: false },
  },
  {
    name: 'VP9 full SVC: higher layers begin in a delta picture',
    codec: 'vp9',
    recording: 'vp9-l3t3',
    targets: [[0, 7, 7]],
    endsWith: { spatial: 2, temporal: 7, needsKeyFrame: false },
  },
  {
    name: 'VP9 full SVC: middle layer only',
    codec: 'vp9',
    recording: 'vp9-l3t3',
    targets: [[0, 1, 1]],
    endsWith: { spatial: 1, temporal: 1, needsKeyFrame: false },
  },
  {
    name: 'VP9 full SVC: down layer by layer',
    codec: 'vp9',
    recording: 'vp9-l3t3',
    targets: [
      [0, 2, 2],
      [50, 1, 2],
      [80, 0, 0],
    ],
    endsWith: { spatial: 0, temporal: 0, needsKeyFrame: false },
  },
  {
    name: 'VP9 full SVC: up again needs a key frame',
    codec: 'vp9',
    recording: 'vp9-l3t3',
    targets: [
      [0, 2, 2],
      [50, 0, 2],
      [80, 2, 2],
    ],
    endsWith: { spatial: 0, temporal: 2, needsKeyFrame: true },
  },
  {
    name: 'VP9 full SVC: temporal layers down and up',
    codec: 'vp9',
    recording: 'vp9-l3t3',
    targets: [
      [0, 2, 2],
      [40, 2, 0],
      [70, 2, 2],
    ],
    endsWith: { spatial: 2, temporal: 2, needsKeyFrame: false },
  },
  {
    name: 'VP9 K-SVC: the highest layer passes alone',
    codec: 'vp9',
    recording: 'vp9-l3t3-key',
    targets: [[0, 7, 7]],
    endsWith: { spatial: 2, temporal: 7, needsKeyFrame: false },
  },
  {
    name: 'VP9 K-SVC: down needs a key frame',
    codec: 'vp9',
    recording: 'vp9-l3t3-key',
    targets: [
      [0, 2, 2],
      [60, 0, 2],
    ],
    endsWith: { spatial: 2, temporal: 2, needsKeyFrame: true },
  },
  {
    name: 'VP9 K-SVC: a higher layer wanted in mid-picture does not follow the marker of a lower one',
    codec: 'vp9',
    recording: 'vp9-l3t3-key',
    targets: [
      [0, 1, 2],
      [8, 2, 2],
    ],
    endsWith: { spatial: 1, temporal: 2, needsKeyFrame: true },
  },
  {
    name: 'VP9 K-SVC: base layer',
    codec: 'vp9',
    recording: 'vp9-l3t3-key',
    targets: [[0, 0, 1]],
    endsWith: { spatial: 0, temporal: 1, needsKeyFrame: false },
  },
];

for (const plan of plans) {
  t.test(plan.name, (t) => {
    const subscription = new TestSubscription(plan.codec, { sequenceNumber: 65_530, pictureId: 32_760 });
    const packets = recording(plan.recording);
    for (const [index, packet] of packets.entries()) {
      for (const [from, spatial, temporal] of plan.targets) {
        if (from === index) subscription.forwarder.setTarget(spatial, temporal);
      }
      subscription.offer(packet);
    }
    const { forwarder, received } = subscription;
    t.ok(received.length >= 10, `${received.length} of ${packets.length} packets passed`);
    checkMarkers(t, received, packets);
    if (plan.codec === 'vp9') checkVp9References(t, received);
    else checkDescriptors(t, received, packets);
    t.equal(forwarder.currentSpatialLayer, plan.endsWith.spatial, 'spatial layer');
    t.equal(forwarder.currentTemporalLayer, plan.endsWith.temporal, 'temporal layer');
    t.equal(forwarder.keyFrameNeededFrom(), plan.endsWith.needsKeyFrame ? 0 : -1, 'key frame');
    t.end();
  });
}

for (const name of ['av1-l3t3-key', 'vp9-l3t3-key'] as const) {
  t.test(`${name}: in K-SVC nothing below the chosen layer passes between key pictures`, (t) => {
    const subscription = new TestSubscription(name.startsWith('av1') ? 'av1' : 'vp9');
    subscription.forwarder.setTarget(2, 2);
    const packets = recording(name);
    for (const packet of packets) subscription.offer(packet);
    const last = subscription.received.slice(-20);
    const timestamps = new Set(last.filter(({ marker }) => marker).map(({ timestamp }) => timestamp));
    t.equal(last.filter(({ marker }) => marker).length, timestamps.size);
    t.ok(
      subscription.received.length < packets.length * 0.7,
      `${subscription.received.length} of ${packets.length}`,
    );
    t.end();
  });
}
