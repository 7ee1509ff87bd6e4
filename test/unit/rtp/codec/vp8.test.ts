import t from 'tap';
import { FrameInfo } from '../../../../src/rtp/codec/frame-info.ts';
import { rewriteVp8Descriptor, Vp8Reader } from '../../../../src/rtp/codec/vp8.ts';
import { hex, mediaPacket } from '../../../helpers/codec-packets.ts';
import { recordedPackets } from '../../../helpers/codec-vectors.ts';

const info = new FrameInfo();
const read = (payload: string, marker = false): boolean =>
  new Vp8Reader().read(mediaPacket({ payload: hex(payload), marker }), 0, 0, info);

t.test('a key frame with every field tells them all', (t) => {
  t.equal(read('90 f0 92 34 56 bf  10 00 00 9d 01 2a 80 42 68 81', true), true);
  t.match(info, {
    keyFrame: true,
    startOfFrame: true,
    endOfFrame: true,
    pictureId: 0x1234,
    pictureIdBits: 15,
    tl0PicIdx: 0x56,
    temporalLayer: 2,
    switchingUpPoint: true,
    width: 640,
    height: 360,
  });
  t.end();
});

const good: readonly (readonly [name: string, payload: string, expected: Partial<FrameInfo>])[] = [
  [
    'no extension',
    '10 01',
    { startOfFrame: true, keyFrame: false, pictureId: -1, pictureIdBits: 0, tl0PicIdx: -1 },
  ],
  ['a 7-bit picture id', '90 80 7f 01', { pictureId: 127, pictureIdBits: 7 }],
  ['KEYIDX without TID leaves the layer at 0', '90 10 ff 01', { temporalLayer: 0, switchingUpPoint: false }],
  ['TID without Y', '90 20 40 01', { temporalLayer: 1, switchingUpPoint: false }],
  ['S of a later partition starts no frame', '91 80 01 00', { startOfFrame: false, keyFrame: false }],
  [
    'the middle of a key frame does not look like one',
    '80 80 01 00',
    { startOfFrame: false, keyFrame: false },
  ],
  ['a key frame cut before its size is still one', '10 00 00 00', { keyFrame: true, width: 0, height: 0 }],
];
for (const [name, payload, expected] of good) {
  t.test(`VP8: ${name}`, (t) => {
    t.equal(read(payload), true);
    t.match(info, expected);
    t.end();
  });
}

for (const payload of [
  '',
  '90',
  '10',
  '90 80',
  '90 80 80',
  '90 80 81 01',
  '90 40',
  '90 c0 01',
  '90 e0 81 02 03',
  '90 20 40',
]) {
  t.test(`VP8: "${payload}" is refused`, (t) => {
    t.equal(read(payload), false);
    t.match(info, { pictureId: -1, tl0PicIdx: -1, temporalLayer: 0 });
    t.end();
  });
}

const rewritten: readonly (readonly [before: string, pictureId: number, tl0PicIdx: number, after: string])[] =
  [
    ['90 c0 92 34 56 01', 0x7fff, 255, '90 c0 ff ff ff 01'],
    ['90 c0 92 34 56 01', 0, 0, '90 c0 80 00 00 01'],
    ['90 c0 12 56 01', 0x7f81, 7, '90 c0 01 07 01'],
    ['90 40 56 01', 1, 7, '90 40 07 01'],
    ['90 c0 92 34 56 01', -1, -1, '90 c0 92 34 56 01'],
    ['10 01 02 03', 5, 5, '10 01 02 03'],
    ['90 c0 92', 5, 5, '90 c0 92'],
  ];
for (const [before, pictureId, tl0PicIdx, after] of rewritten) {
  t.test(`VP8: "${before}" with picture id ${pictureId} and TL0PICIDX ${tl0PicIdx}`, (t) => {
    const around = Buffer.concat([Buffer.from([0xee]), hex(before), Buffer.from([0xee])]);
    rewriteVp8Descriptor(around, 1, around.length - 2, pictureId, tl0PicIdx);
    t.equal(around.toString('hex'), `ee${hex(after).toString('hex')}ee`);
    t.end();
  });
}

t.test('Chromium leaves the layers of VP8 to the dependency descriptor once that is negotiated', (t) => {
  const reader = new Vp8Reader();
  const layers: string[] = [];
  for (const { packet, descriptorOffset, descriptorLength } of recordedPackets('vp8-l1t3')) {
    t.equal(reader.read(packet, descriptorOffset, descriptorLength, info), true);
    t.equal(info.pictureIdBits, 16);
    t.equal(info.width, 480);
    if (info.startOfFrame) layers.push(`${info.keyFrame ? 'K' : ''}${info.temporalLayer}`);
  }
  t.same(layers.slice(0, 12), ['K0', '2', '1', '2', '2', '2', '0', '2', '1', '2', '0', '2']);
  t.end();
});
