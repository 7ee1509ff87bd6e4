import t from 'tap';
import { Av1Reader } from '../../../../src/rtp/codec/av1.ts';
import { FrameInfo } from '../../../../src/rtp/codec/frame-info.ts';
import { DESCRIPTOR_OFFSET, hex, mediaPacket } from '../../../helpers/codec-packets.ts';
import { recordedPackets } from '../../../helpers/codec-vectors.ts';
import { dependencyDescriptor, L2T2, type SampleDescriptor } from '../../../helpers/dependency-samples.ts';

const info = new FrameInfo();
/** Of libaom, 854 x 480, without OBU header and size. */
const SEQUENCE_HEADER = '20000024c6abdf36be48086801';

t.test('without a descriptor the N bit tells key frames, the sequence header their size', (t) => {
  const variants = [
    `18 08 ${SEQUENCE_HEADER}`,
    `18 0a 0d ${SEQUENCE_HEADER}`,
    `08 0e 08 ${SEQUENCE_HEADER} 03 32 00 00`,
    `28 02 12 00 08 ${SEQUENCE_HEADER}`,
  ];
  for (const payload of variants) {
    t.equal(new Av1Reader().read(mediaPacket({ payload: hex(payload), marker: true }), 0, 0, info), true);
    t.match(
      info,
      { keyFrame: true, startOfFrame: true, endOfFrame: true, width: 854, height: 480, pictureId: -1 },
      payload,
    );
  }
  const bySvt = hex('18 0a 0b 0000002d4cffb3cfbf9004');
  new Av1Reader().read(mediaPacket({ payload: bySvt }), 0, 0, info);
  t.match(info, { width: 1280, height: 720 });
  t.end();
});

t.test('without a descriptor a new timestamp begins a frame, unless an OBU goes on', (t) => {
  const reader = new Av1Reader();
  const read = (sequenceNumber: number, timestamp: number, payload: string): boolean =>
    reader.read(mediaPacket({ sequenceNumber, timestamp, payload: hex(payload) }), 0, 0, info) &&
    info.startOfFrame;
  t.equal(read(65535, 1, '10 30 00'), false);
  t.equal(read(0, 2, '10 30 00'), true);
  t.equal(read(1, 2, '90 30 00'), false);
  t.equal(read(2, 3, '90 30 00'), false);
  t.equal(read(4, 4, '10 30 00'), false);
  t.end();
});

for (const payload of ['', '18', '98 08 00']) {
  t.test(`AV1: "${payload}" is refused`, (t) => {
    t.equal(new Av1Reader().read(mediaPacket({ payload: hex(payload) }), 0, 0, info), false);
    t.end();
  });
}

t.test('broken OBU lengths cost the size, nothing else', (t) => {
  for (const payload of [
    '08 ff ff ff ff 08',
    '08 00 08',
    '08 7f 08 00',
    '18 0a 80',
    '18 0a ff',
    '18 08 20',
  ]) {
    t.equal(new Av1Reader().read(mediaPacket({ payload: hex(payload) }), 0, 0, info), true, payload);
    t.match(info, { keyFrame: true, width: 0 }, payload);
  }
  t.end();
});

t.test('with a descriptor: structure, templates, active targets', (t) => {
  const reader = new Av1Reader();
  const read = (sample: SampleDescriptor): boolean => {
    const descriptor = dependencyDescriptor(sample);
    const packet = mediaPacket({ payload: hex('10 30 00'), descriptor });
    return reader.read(packet, DESCRIPTOR_OFFSET, descriptor.length, info);
  };
  t.equal(read({ templateId: 61, frameNumber: 4 }), true);
  t.match(
    info,
    { structure: undefined, keyFrame: false, startOfFrame: true, pictureId: 4, pictureIdBits: 16 },
    'unknown yet',
  );
  read({ templateId: 60, frameNumber: 5, structure: L2T2, end: false });
  t.match(info, {
    keyFrame: true,
    startOfFrame: true,
    endOfFrame: false,
    activeTargets: 0b1111,
    width: 320,
    height: 180,
  });
  read({ templateId: 60, frameNumber: 5, start: false });
  t.match(info, { keyFrame: true, startOfFrame: false, endOfFrame: true }, 'rest of the key frame');
  read({ templateId: 63, frameNumber: 6 });
  t.match(info, {
    keyFrame: false,
    spatialLayer: 1,
    width: 640,
    height: 360,
    frameDiffCount: 1,
    presentTargets: 0b1100,
  });
  read({ templateId: 61, frameNumber: 7, activeTargets: 0b0011, targets: 4 });
  t.equal(info.activeTargets, 0b0011);
  read({ templateId: 62, frameNumber: 8 });
  t.equal(info.activeTargets, 0b0011, 'holds until told otherwise');
  t.end();
});

t.test('a key frame repaired after the next one does not bring its outdated structure back', (t) => {
  const reader = new Av1Reader();
  const read = (sample: SampleDescriptor): void => {
    const descriptor = dependencyDescriptor(sample);
    const packet = mediaPacket({ payload: hex('10 30 00'), descriptor });
    reader.read(packet, DESCRIPTOR_OFFSET, descriptor.length, info);
  };
  const next = { ...L2T2, templateIdOffset: 2 };
  read({ templateId: 60, frameNumber: 65_530, structure: L2T2 });
  read({ templateId: 2, frameNumber: 1, structure: next });
  const { structure } = info;
  read({ templateId: 2, frameNumber: 1, structure: next });
  t.equal(info.structure, structure, 'nor does a repetition make it another sequence');
  read({ templateId: 60, frameNumber: 65_530, structure: L2T2 });
  t.match(info, { keyFrame: true, pictureId: 65_530 });
  read({ templateId: 5, frameNumber: 2 });
  t.match(info, { spatialLayer: 1, activeTargets: 0b1111 });
  t.equal(info.structure, structure);
  read({ templateId: 60, frameNumber: 30_000, structure: L2T2 });
  read({ templateId: 63, frameNumber: 30_001 });
  t.equal(info.spatialLayer, 1, 'numbering that began anew is not late');
  t.end();
});

t.test('a later packet of a frame has the indications its first packet told', (t) => {
  const reader = new Av1Reader();
  const read = (sample: SampleDescriptor): number => {
    const descriptor = dependencyDescriptor(sample);
    const packet = mediaPacket({ payload: hex('10 30 00'), descriptor });
    reader.read(packet, DESCRIPTOR_OFFSET, descriptor.length, info);
    return info.presentTargets;
  };
  read({ templateId: 60, frameNumber: 1, structure: L2T2 });
  t.equal(read({ templateId: 62, frameNumber: 2, indications: '---D', end: false }), 0b1000);
  t.equal(read({ templateId: 62, frameNumber: 2, start: false }), 0b1000);
  t.equal(read({ templateId: 62, frameNumber: 18, end: false }), 0b1010, 'same slot, another frame');
  t.equal(read({ templateId: 62, frameNumber: 18, start: false }), 0b1010);
  t.end();
});

t.test('a descriptor of fewer than three bytes is refused', (t) => {
  const packet = mediaPacket({ payload: hex('10 30 00'), descriptor: hex('c0 00') });
  t.equal(new Av1Reader().read(packet, DESCRIPTOR_OFFSET, 2, info), false);
  t.end();
});

for (const name of ['av1-l1t2', 'av1-l3t3', 'av1-l3t3-key']) {
  t.test(`Chromium ${name}: every frame is understood`, (t) => {
    const reader = new Av1Reader();
    let frame = 0;
    for (const { packet, descriptorOffset, descriptorLength } of recordedPackets(name)) {
      t.equal(reader.read(packet, descriptorOffset, descriptorLength, info), true);
      t.ok(info.structure !== undefined && info.presentTargets > 0);
      t.equal(info.startOfFrame, info.pictureId === frame + 1);
      frame = info.pictureId;
      if (packet.marker) t.ok(info.endOfFrame);
      t.ok(info.width >= 320 && info.height * 16 === info.width * 9);
      t.equal((info.presentTargets & info.switchTargets) >>> 0, info.switchTargets);
    }
    t.end();
  });
}
