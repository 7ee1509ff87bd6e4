import t from 'tap';
import { FrameInfo } from '../../../../src/rtp/codec/frame-info.ts';
import { H264Reader } from '../../../../src/rtp/codec/h264.ts';
import { readSpsSize } from '../../../../src/rtp/codec/h264-sps.ts';
import { hex, mediaPacket } from '../../../helpers/codec-packets.ts';
import { recordedPackets } from '../../../helpers/codec-vectors.ts';

const info = new FrameInfo();
/** Of libx264: constrained baseline 3.1, 1280 x 720. */
const SPS_720P = '6742c01fd9005005bb011000000300100000030320f1832480';
/** High 4.0, 1920 x 1088 cropped to 1080. */
const SPS_1080P = '67640028acd940780227e5c044000003000400000300c83c60c658';
/** High 4:4:4, cropped both ways to 854 x 480. */
const SPS_444 = '67f4001e919b281b07bc5f80880000030008000003019078b16cb0';
/** High, interlaced, 640 x 480. */
const SPS_INTERLACED = '6764001eacd940a07b6022000003000200000300643e28532c';

t.test('sizes of sequence parameter sets', (t) => {
  const size = (text: string): string => {
    const bytes = hex(text);
    const packed = readSpsSize(bytes, 0, bytes.length);
    return `${Math.floor(packed / 0x10000)}x${packed & 0xffff}`;
  };
  t.equal(size(SPS_720P), '1280x720');
  t.equal(size(SPS_1080P), '1920x1080');
  t.equal(size(SPS_444), '854x480');
  t.equal(size(SPS_INTERLACED), '640x480');
  t.equal(size('67'), '0x0');
  t.equal(size(SPS_1080P.slice(0, 16)), '0x0');
  t.equal(size(`6742c01f${'00'.repeat(20)}`), '0x0');
  t.end();
});

interface Step {
  readonly name: string;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly payload: string;
  readonly expected: Partial<FrameInfo>;
  readonly marker?: boolean;
}

const steps: readonly Step[] = [
  {
    name: 'first packet, a slice',
    sequenceNumber: 65533,
    timestamp: 1,
    payload: '41 9a 00',
    expected: { keyFrame: false, startOfFrame: false },
  },
  {
    name: 'next timestamp',
    sequenceNumber: 65534,
    timestamp: 2,
    payload: '41 9a',
    marker: true,
    expected: { startOfFrame: true, endOfFrame: true },
  },
  {
    name: 'STAP-A with SPS and PPS',
    sequenceNumber: 65535,
    timestamp: 3,
    payload: `78 0019 ${SPS_720P} 0004 68ce3c80`,
    expected: { keyFrame: true, startOfFrame: true, width: 1280, height: 720 },
  },
  {
    name: 'IDR as FU-A, first part, over the wrap',
    sequenceNumber: 0,
    timestamp: 3,
    payload: '7c 85 88 84',
    expected: { keyFrame: true, startOfFrame: false },
  },
  {
    name: 'IDR as FU-A, last part',
    sequenceNumber: 1,
    timestamp: 3,
    payload: '7c 45 88',
    marker: true,
    expected: { keyFrame: true, endOfFrame: true },
  },
  {
    name: 'after a loss nobody can tell the start',
    sequenceNumber: 3,
    timestamp: 4,
    payload: '41 9a',
    expected: { keyFrame: false, startOfFrame: false, width: 1280 },
  },
  {
    name: 'SPS alone',
    sequenceNumber: 5,
    timestamp: 5,
    payload: SPS_1080P,
    expected: { keyFrame: true, startOfFrame: true, width: 1920, height: 1080 },
  },
  {
    name: 'single IDR',
    sequenceNumber: 6,
    timestamp: 5,
    payload: '65 88',
    expected: { keyFrame: true, startOfFrame: false },
  },
  {
    name: 'STAP-B passes as something',
    sequenceNumber: 7,
    timestamp: 5,
    payload: '19 00 00',
    expected: { keyFrame: false },
  },
];
t.test('H264: what each packet of a stream is', (t) => {
  const reader = new H264Reader();
  for (const { name, sequenceNumber, timestamp, payload, expected, marker = false } of steps) {
    t.equal(
      reader.read(mediaPacket({ sequenceNumber, timestamp, marker, payload: hex(payload) }), 0, 0, info),
      true,
      name,
    );
    t.match(info, expected, name);
  }
  t.end();
});

for (const payload of ['', '00', '1e 00', '1f 00', '7c 85', '78', '78 00', '78 0000 01', '78 0005 41']) {
  t.test(`H264: "${payload}" is refused`, (t) => {
    t.equal(new H264Reader().read(mediaPacket({ payload: hex(payload) }), 0, 0, info), false);
    t.end();
  });
}

t.test('Chromium begins with SPS, PPS and IDR, and every later frame is found', (t) => {
  const reader = new H264Reader();
  let keyFrames = 0;
  let timestamp = -1;
  for (const { packet, descriptorOffset, descriptorLength } of recordedPackets('h264')) {
    t.equal(reader.read(packet, descriptorOffset, descriptorLength, info), true);
    if (info.keyFrame && info.startOfFrame) keyFrames += 1;
    if (info.startOfFrame) t.not(packet.timestamp, timestamp);
    timestamp = packet.timestamp;
    t.equal(info.endOfFrame, packet.marker);
    t.ok(info.width >= 320 && info.height * 16 === info.width * 9);
  }
  t.ok(keyFrames >= 1);
  t.end();
});
