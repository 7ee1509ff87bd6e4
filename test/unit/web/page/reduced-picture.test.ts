import t from 'tap';
import { reducedPicture } from '../../../../web/page/reduced-picture.ts';

type Source = Parameters<typeof reducedPicture>[0][number]['sources'][number];

const source = (reason: Source['reason'], kind: Source['kind'] = 'video', muted = false) =>
  ({ reason, kind, muted }) as Source;

t.test('only the network, and only pictures that are on, are worth a word', async (test) => {
  const rows: readonly [string, readonly Source[], ReturnType<typeof reducedPicture>][] = [
    ['nobody', [], undefined],
    ['as wanted', [source('wanted'), source('publisher'), source('start'), source(undefined)], undefined],
    ['bandwidth', [source('wanted'), source('bandwidth')], 'bandwidth'],
    ['loss', [source('loss')], 'loss'],
    ['both', [source('loss'), source('bandwidth')], 'bandwidth'],
    ['a camera that is off', [source('loss', 'video', true)], undefined],
    ['sound', [source('loss', 'audio')], undefined],
  ];
  for (const [name, sources, expected] of rows) test.equal(reducedPicture([{ sources }]), expected, name);
});
