import t from 'tap';
import {
  type OfferedRid,
  orderRids,
  readRid,
  readSimulcast,
} from '../../../../src/transport/sdp/simulcast.ts';

const line = (name: string, value: string) => ({ number: 1, type: 'a', name, value });

function rids(...values: string[]): OfferedRid[] {
  const into: OfferedRid[] = [];
  for (const value of values) readRid(line('rid', value), into);
  return into;
}

t.test('rids to send are kept, rids to receive are not ours', async (test) => {
  test.same(rids('h send', 'm recv', 'l send pt=96;max-width=320;max-height=180'), [
    { rid: 'h', maxPixels: undefined },
    { rid: 'l', maxPixels: 57600 },
  ]);
});

t.test('the send list of a=simulcast is read, by first alternative and without pause marks', async (test) => {
  const rows: readonly [string, string[] | undefined][] = [
    ['send l;m;h', ['l', 'm', 'h']],
    ['send l', ['l']],
    ['send l,x;~m;h recv 1;2', ['l', 'm', 'h']],
    ['recv 1;2 send h;l', ['h', 'l']],
    ['recv 1;2', undefined],
  ];
  for (const [value, expected] of rows) test.same(readSimulcast(line('simulcast', value)), expected, value);
  for (const bad of ['', 'send', 'send ;', 'send a;a', 'both a;b', `send ${'a;'.repeat(9)}b`]) {
    test.throws(() => readSimulcast(line('simulcast', bad)), { code: 'sdp_invalid' }, `"${bad}"`);
  }
});

t.test('layers are ordered from the smallest to the largest picture', async (test) => {
  const rows: readonly [string, string[], OfferedRid[], string[]][] = [
    ['l m h as listed', ['l', 'm', 'h'], [], ['l', 'm', 'h']],
    ['l m h from large to small', ['h', 'm', 'l'], [], ['l', 'm', 'h']],
    ['two of l m h', ['h', 'l'], [], ['l', 'h']],
    ['q h f, where h is half', ['f', 'h', 'q'], [], ['q', 'h', 'f']],
    ['words', ['high', 'medium', 'low'], [], ['low', 'medium', 'high']],
    ['unknown names keep their order', ['2', '0', '1'], [], ['2', '0', '1']],
    [
      'sizes win over names',
      ['l', 'h'],
      rids('l send max-width=1280;max-height=720', 'h send max-width=320;max-height=180'),
      ['h', 'l'],
    ],
    ['max-fs counts macroblocks', ['a', 'b'], rids('a send max-fs=3600', 'b send max-fs=900'), ['b', 'a']],
    ['equal sizes say nothing', ['h', 'l'], rids('h send max-width=640', 'l send max-width=640'), ['l', 'h']],
    ['a size on one only says nothing', ['f', 'q'], rids('f send max-width=64', 'q send'), ['q', 'f']],
  ];
  for (const [name, listed, offered, ordered] of rows) test.same(orderRids(listed, offered), ordered, name);
});
