import t from 'tap';
import { readOfferLines } from '../../../../src/transport/sdp/offer-lines.ts';
import { editOffer, plainOffer, vector } from '../../../helpers/sdp-vectors.ts';

t.test('an offer tells what it sends and receives, without its data channel', async (test) => {
  test.same(readOfferLines(vector('chromium-send-and-receive-with-data')), {
    lines: [
      { mid: '0', kind: 'audio', sends: true, receives: false },
      { mid: '1', kind: 'video', sends: true, receives: false },
      { mid: '2', kind: 'audio', sends: false, receives: true },
      { mid: '3', kind: 'video', sends: false, receives: true },
    ],
    unusable: new Map(),
  });
});

t.test('lines that would be refused are told apart from lines that have ended', async (test) => {
  const outside = readOfferLines(editOffer(/BUNDLE 0 1/, 'BUNDLE 0'));
  test.same([...outside.unusable.keys()], ['1']);
  const ended = readOfferLines(plainOffer.replace('m=video 9', 'm=video 0'));
  test.equal(ended.unusable.size, 0);
  test.equal(ended.lines.length, 1);
});
