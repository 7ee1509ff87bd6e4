import t from 'tap';
import { DependencyDescriptor, writeFrameNumber } from '../../../../src/rtp/codec/dependency-descriptor.ts';
import { hex } from '../../../helpers/codec-packets.ts';
import { recordedPackets } from '../../../helpers/codec-vectors.ts';
import { dependencyDescriptor, L2T2 } from '../../../helpers/dependency-samples.ts';

const key = dependencyDescriptor({ templateId: 60, frameNumber: 65535, structure: L2T2 });

t.test('a structure and its templates', (t) => {
  const descriptor = new DependencyDescriptor();
  t.equal(descriptor.read(key, 0, key.length, undefined), true);
  t.match(descriptor, {
    startOfFrame: true,
    endOfFrame: true,
    frameNumber: 65535,
    activeTargets: 0b1111,
    presentTargets: 0b1111,
    switchTargets: 0b1111,
    frameDiffCount: 0,
  });
  const structure = descriptor.attachedStructure!;
  t.equal(structure.targetCount, 4);
  t.equal(structure.templateCount, 6);
  t.same([...structure.targetSpatialLayers], [0, 0, 1, 1]);
  t.same([...structure.targetTemporalLayers], [0, 1, 0, 1]);
  t.same([...structure.protectedBy], [0, 0, 1, 1]);
  t.same([...structure.widths], [320, 640, 0, 0]);
  t.same([...structure.heights], [180, 360, 0, 0]);
  // Template ids go round at 64: the fifth is 0.
  const upper = dependencyDescriptor({ templateId: 0, frameNumber: 7, start: true, end: false });
  t.equal(upper.length, 3);
  t.equal(descriptor.read(upper, 0, 3, structure), true);
  t.match(descriptor, {
    attachedStructure: undefined,
    activeTargets: -1,
    endOfFrame: false,
    spatialLayer: 1,
    temporalLayer: 0,
    presentTargets: 0b1100,
    switchTargets: 0b1100,
    frameDiffCount: 2,
  });
  t.same([...descriptor.frameDiffs.subarray(0, 2)], [4, 1]);
  t.same([...descriptor.chainDiffs.subarray(0, 2)], [1, 1]);
  t.end();
});

t.test('what a frame says of itself goes before its template', (t) => {
  const descriptor = new DependencyDescriptor();
  descriptor.read(key, 0, key.length, undefined);
  const structure = descriptor.attachedStructure!;
  const own = dependencyDescriptor({
    templateId: 61,
    frameNumber: 8,
    activeTargets: 0b0011,
    targets: 4,
    indications: 'SD-R',
    diffs: [1, 16, 17, 256, 257, 4096],
    chainDiffs: [255, 0],
  });
  t.equal(descriptor.read(own, 0, own.length, structure), true);
  t.match(descriptor, {
    activeTargets: 0b0011,
    presentTargets: 0b1011,
    switchTargets: 0b0001,
    frameDiffCount: 6,
  });
  t.same([...descriptor.frameDiffs.subarray(0, 6)], [1, 16, 17, 256, 257, 4096]);
  t.same([...descriptor.chainDiffs.subarray(0, 2)], [255, 0]);
  t.end();
});

t.test('32 decode targets fit', (t) => {
  const structure = {
    ...L2T2,
    targets: 32,
    chains: 0,
    protectedBy: [],
    resolutions: [],
    templates: [
      { spatialLayer: 0, temporalLayer: 0, indications: 'S'.repeat(32), diffs: [], chainDiffs: [] },
    ],
  };
  const bytes = dependencyDescriptor({
    templateId: 60,
    frameNumber: 1,
    structure,
    activeTargets: 0x8000_0001,
  });
  const descriptor = new DependencyDescriptor();
  t.equal(descriptor.read(bytes, 0, bytes.length, undefined), true);
  t.match(descriptor, {
    presentTargets: 0xffff_ffff,
    switchTargets: 0xffff_ffff,
    activeTargets: 0x8000_0001,
  });
  t.end();
});

t.test('what is cut short or needs an unknown structure is refused', (t) => {
  const descriptor = new DependencyDescriptor();
  for (let length = 0; length < key.length; length += 1) {
    t.equal(descriptor.read(key, 0, length, undefined), false, `${length} bytes`);
  }
  t.equal(descriptor.read(key, 0, key.length, undefined), true);
  const structure = descriptor.attachedStructure!;
  const foreign = dependencyDescriptor({ templateId: 2, frameNumber: 9 });
  t.equal(descriptor.read(foreign, 0, 3, structure), false);
  t.equal(descriptor.frameNumber, 9);
  const many = dependencyDescriptor({ templateId: 61, frameNumber: 9, diffs: Array<number>(17).fill(1) });
  t.equal(descriptor.read(many, 0, many.length, structure), false);
  // Layers that climb past the highest ids: 64 templates, each one spatial layer up.
  const climbing = Buffer.concat([hex('80 0001 80'), Buffer.alloc(300, 0xaa)]);
  t.equal(descriptor.read(climbing, 0, climbing.length, undefined), false);
  t.end();
});

t.test('another frame number leaves the rest alone', (t) => {
  const bytes = Buffer.concat([Buffer.from([0xee]), key]);
  writeFrameNumber(bytes, 1, 0x1234);
  const descriptor = new DependencyDescriptor();
  t.equal(descriptor.read(bytes, 1, key.length, undefined), true);
  t.equal(descriptor.frameNumber, 0x1234);
  t.equal(bytes[0], 0xee);
  t.ok(bytes.subarray(4).equals(key.subarray(3)));
  t.end();
});

t.test('Chromium L3T3: nine decode targets, three chains, real resolutions', (t) => {
  const [first] = recordedPackets('av1-l3t3');
  const descriptor = new DependencyDescriptor();
  const { packet, descriptorOffset, descriptorLength } = first!;
  t.equal(descriptor.read(packet.buffer, descriptorOffset, descriptorLength, undefined), true);
  const structure = descriptor.attachedStructure!;
  t.match(structure, { targetCount: 9, chainCount: 3, valid: true });
  t.same([...structure.targetSpatialLayers], [0, 0, 0, 1, 1, 1, 2, 2, 2]);
  t.same([...structure.targetTemporalLayers], [0, 1, 2, 0, 1, 2, 0, 1, 2]);
  t.same([...structure.protectedBy], [0, 0, 0, 1, 1, 1, 2, 2, 2]);
  t.same([...structure.widths.subarray(0, 3)], [320, 640, 1280]);
  t.end();
});
