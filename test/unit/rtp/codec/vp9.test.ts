import t from 'tap';
import { FrameInfo } from '../../../../src/rtp/codec/frame-info.ts';
import { rewriteVp9Descriptor, Vp9Reader } from '../../../../src/rtp/codec/vp9.ts';
import { hex, mediaPacket, vp9Payload } from '../../../helpers/codec-packets.ts';
import { recordedPackets } from '../../../helpers/codec-vectors.ts';

const info = new FrameInfo();
const read = (payload: string, reader = new Vp9Reader()): boolean =>
  reader.read(mediaPacket({ payload: hex(payload) }), 0, 0, info);

const good: readonly (readonly [name: string, payload: string, expected: Partial<FrameInfo>])[] = [
  ['nothing but a start', '08 00', { keyFrame: true, startOfFrame: true, endOfFrame: false, pictureId: -1 }],
  ['a long picture id', '8c 92 34 00', { pictureId: 0x1234, pictureIdBits: 15, endOfFrame: true }],
  ['a short picture id', '8c 12 00', { pictureId: 0x12, pictureIdBits: 7 }],
  [
    'layers, not flexible',
    '6d 75 99 00',
    {
      keyFrame: false,
      interPicturePredicted: true,
      temporalLayer: 3,
      switchingUpPoint: true,
      spatialLayer: 2,
      interLayerPredicted: true,
      tl0PicIdx: 0x99,
      notUsedForUpper: true,
    },
  ],
  [
    'flexible mode with three references',
    'f8 05 22 03 05 06 00',
    { tl0PicIdx: -1, spatialLayer: 1, temporalLayer: 1 },
  ],
  [
    'an upper layer of a key picture is not itself a key frame',
    '28 03 00 00',
    { keyFrame: false, spatialLayer: 1 },
  ],
  ['a structure with groups', '0a 08 02 00 04 01 10 00', { spatialLayerCount: 1, width: 0 }],
];
for (const [name, payload, expected] of good) {
  t.test(`VP9: ${name}`, (t) => {
    t.equal(read(payload), true);
    t.match(info, expected);
    t.end();
  });
}

const bad = [
  '',
  '08',
  '88',
  '88 80',
  '88 80 01',
  '28',
  '28 00',
  '58 00',
  'd8 01 03 03 03 00',
  '0a',
  '0a 10',
  '0a 10 01',
  '0a 08',
  '0a 08 02 00',
  '0a 08 01 0c 01',
];
for (const payload of bad) {
  t.test(`VP9: "${payload}" is refused`, (t) => {
    t.equal(read(payload), false);
    t.match(info, { pictureId: -1, tl0PicIdx: -1, keyFrame: false });
    t.end();
  });
}

t.test('sizes of the scalability structure hold for the pictures after it', (t) => {
  const reader = new Vp9Reader();
  reader.read(mediaPacket({ payload: vp9Payload({ predicted: false, structureLayers: 3 }) }), 0, 0, info);
  t.match(info, { width: 320, height: 180, spatialLayerCount: 3 });
  reader.read(mediaPacket({ payload: vp9Payload({ spatialLayer: 2 }) }), 0, 0, info);
  t.match(info, { width: 1280, height: 720, spatialLayerCount: 3 });
  t.end();
});

t.test('without a structure the size is that of the key frame itself', (t) => {
  // frame_marker 2, profile 0, key frame, shown; sync code; colour space 1; 640 x 360.
  t.equal(read('8c 05 82 49 83 42 20 27 f0 16 70'), true);
  t.match(info, { keyFrame: true, width: 640, height: 360 });
  t.end();
});

const rewritten: readonly (readonly [before: string, pictureId: number, tl0PicIdx: number, after: string])[] =
  [
    ['ac 92 34 00 56 00', 0x7fff, 255, 'ac ff ff 00 ff 00'],
    ['ac 12 00 56 00', 0x7f81, 0, 'ac 01 00 00 00'],
    ['bc 92 34 00 56 00', 1, 9, 'bc 80 01 00 56 00'],
    ['2c 00 56 00', 1, 9, '2c 00 09 00'],
    ['0c 00 56 00', 1, 9, '0c 00 56 00'],
    ['ac 92', 1, 9, 'ac 92'],
  ];
for (const [before, pictureId, tl0PicIdx, after] of rewritten) {
  t.test(`VP9: "${before}" with picture id ${pictureId} and TL0PICIDX ${tl0PicIdx}`, (t) => {
    const around = Buffer.concat([Buffer.from([0xee]), hex(before), Buffer.from([0xee])]);
    rewriteVp9Descriptor(around, 1, around.length - 2, pictureId, tl0PicIdx);
    t.equal(around.toString('hex'), `ee${hex(after).toString('hex')}ee`);
    t.end();
  });
}

t.test('Chromium K-SVC: only key pictures predict across layers, each frame tells its size', (t) => {
  const reader = new Vp9Reader();
  const sizes = new Set<string>();
  let pictureId = -1;
  let keyPicture = false;
  for (const { packet } of recordedPackets('vp9-l3t3-key')) {
    t.equal(reader.read(packet, 0, 0, info), true);
    if (info.pictureId !== pictureId) keyPicture = info.keyFrame;
    pictureId = info.pictureId;
    t.equal(info.interLayerPredicted, keyPicture && info.spatialLayer > 0);
    if (!keyPicture) t.ok(info.notUsedForUpper);
    if (packet.marker) t.ok(info.endOfFrame);
    sizes.add(`${info.spatialLayer} ${info.width}x${info.height}`);
  }
  t.same([...sizes].sort(), ['0 320x180', '1 640x360', '2 1280x720']);
  t.end();
});

t.test('Chromium full SVC: higher layers may begin in a delta picture', (t) => {
  const reader = new Vp9Reader();
  const begun: string[] = [];
  for (const { packet } of recordedPackets('vp9-l3t3')) {
    reader.read(packet, 0, 0, info);
    if (info.startOfFrame && !info.interPicturePredicted)
      begun.push(`${info.spatialLayer}${info.keyFrame ? 'K' : ''}`);
  }
  t.same(begun, ['0K', '1', '2']);
  t.end();
});
