import t from 'tap';
import { EXTENSION_URI } from '../../../../src/rtp/header-extension.ts';
import { ExtensionTable, sameExtensionIds } from '../../../../src/transport/sdp/extension-negotiation.ts';
import type { MediaSection } from '../../../../src/transport/sdp/media-section.ts';
import { readOffer } from '../../../../src/transport/sdp/sdp-offer.ts';
import { plainOffer } from '../../../helpers/sdp-vectors.ts';

/** A line whose extensions are exactly these: `1 mid`, `3/sendonly rid`, or a URI of its own. */
function section(...extensions: string[]): MediaSection {
  const lines = extensions.map((extension) => {
    const [head, name = ''] = extension.split(' ');
    const uri = Object.hasOwn(EXTENSION_URI, name) ? EXTENSION_URI[name as keyof typeof EXTENSION_URI] : name;
    return `a=extmap:${head} ${uri}`;
  });
  const [header = '', , video = ''] = plainOffer.replace(/a=extmap:.*\r\n/g, '').split(/(?=^m=)/m);
  return readOffer(`${header.replace('BUNDLE 0 1', 'BUNDLE 1')}${video}${lines.join('\r\n')}\r\n`).media[0]!;
}

t.test('what is understood and of use is answered under the offered id', async (test) => {
  const table = new ExtensionTable(false);
  test.same(
    table.negotiate(
      section('1 audioLevel', '4 mid', '10 rid', '9 urn:x:toffset', '13 videoOrientation'),
      'video',
      'receive',
    ),
    [
      { name: 'mid', id: 4 },
      { name: 'rid', id: 10 },
      { name: 'videoOrientation', id: 13 },
    ],
  );
  test.same(table.ids, { mid: 4, rid: 10, videoOrientation: 13 });
});

t.test(
  'a line that is only received keeps the rids, so that Chromium can add simulcast later',
  async (test) => {
    const offered = section('4 mid', '10 rid', '11 repairedRid');
    const ids = new ExtensionTable(false).negotiate(offered, 'video', 'send').map(({ id }) => id);
    test.same(ids, [4, 10, 11]);
  },
);

t.test('a direction is answered from our side, and what cannot come is left out', async (test) => {
  const offered = section(
    '4/sendonly mid',
    '5/recvonly playoutDelay',
    '3/sendrecv transportCc',
    '2/inactive absSendTime',
  );
  test.same(new ExtensionTable(false).negotiate(offered, 'video', 'receive'), [
    { name: 'mid', id: 4, direction: 'recvonly' },
    { name: 'transportCc', id: 3, direction: 'sendrecv' },
  ]);
  test.same(new ExtensionTable(false).negotiate(offered, 'video', 'send'), [
    { name: 'playoutDelay', id: 5, direction: 'sendonly' },
    { name: 'transportCc', id: 3, direction: 'sendrecv' },
  ]);
});

t.test('ids beyond one byte need extmap-allow-mixed, and 15 is never used', async (test) => {
  const offered = section(
    '14 mid',
    '15 transportCc',
    '16 absSendTime',
    '255 videoOrientation',
    '256 playoutDelay',
  );
  const ids = (mixed: boolean) =>
    new ExtensionTable(mixed).negotiate(offered, 'video', 'receive').map(({ id }) => id);
  test.same(ids(false), [14]);
  test.same(ids(true), [14, 16, 255]);
});

t.test('an id means one thing on all lines', async (test) => {
  const table = new ExtensionTable(false);
  table.negotiate(section('4 mid', '7 urn:x:unknown'), 'video', 'send');
  test.throws(() => table.negotiate(section('4 transportCc'), 'video', 'send'), { code: 'sdp_invalid' });
  test.throws(() => table.negotiate(section('7 mid'), 'video', 'send'), { code: 'sdp_invalid' });
});

t.test('an extension under a second id is not answered there', async (test) => {
  const table = new ExtensionTable(false);
  table.negotiate(section('4 mid'), 'video', 'send');
  test.same(table.negotiate(section('5 mid', '3 transportCc'), 'video', 'send'), [
    { name: 'transportCc', id: 3 },
  ]);
  test.same(table.ids, { mid: 4, transportCc: 3 });
});

t.test('tables are compared by every name', async (test) => {
  test.equal(sameExtensionIds({ mid: 1 }, { mid: 1 }), true);
  test.equal(sameExtensionIds({ mid: 1 }, { mid: 2 }), false);
  test.equal(sameExtensionIds({ mid: 1 }, { mid: 1, rid: 2 }), false);
  test.equal(sameExtensionIds({}, {}), true);
});
