import t from 'tap';
import { FrameInfo } from '../../../../src/rtp/codec/frame-info.ts';
import { makeFrameInfoReader } from '../../../../src/rtp/codec/frame-info-reader.ts';
import { isOpusDtx } from '../../../../src/rtp/codec/opus.ts';
import { hex, mediaPacket } from '../../../helpers/codec-packets.ts';

t.test('an Opus packet of one or two bytes carries no sound', (t) => {
  t.same([0, 1, 2, 3].map(isOpusDtx), [false, true, true, false]);
  t.end();
});

t.test('every Opus packet stands for itself', (t) => {
  const info = new FrameInfo();
  const reader = makeFrameInfoReader('opus');
  t.equal(reader.read(mediaPacket({ payload: hex('fc ff fe') }), 0, 0, info), true);
  t.match(info, { keyFrame: true, startOfFrame: true, endOfFrame: true, pictureId: -1 });
  t.equal(reader.read(mediaPacket({ payload: hex('') }), 0, 0, info), false);
  t.match(info, { keyFrame: false });
  t.end();
});
