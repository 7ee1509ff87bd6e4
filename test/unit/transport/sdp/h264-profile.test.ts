import t from 'tap';
import {
  type H264Profile,
  h264Profile,
  profileDistance,
} from '../../../../src/transport/sdp/h264-profile.ts';

t.test('profile-level-id names its profile whatever the level', async (test) => {
  const rows: readonly [string | undefined, string | undefined][] = [
    ['42e01f', 'constrained-baseline'],
    ['42E034', 'constrained-baseline'],
    ['42c01f', 'constrained-baseline'],
    ['4d801f', 'constrained-baseline'],
    ['58c01f', 'constrained-baseline'],
    ['42001f', 'baseline'],
    ['42801f', 'baseline'],
    ['58801f', 'baseline'],
    ['4d001f', 'main'],
    ['640c1f', 'constrained-high'],
    ['64001f', 'high'],
    ['640028', 'high'],
    [undefined, 'baseline'],
    ['58001f', undefined],
    ['6e001f', undefined],
    ['42e11f', undefined],
    ['42e01', undefined],
    ['42e01ff', undefined],
    ['42e0zz', undefined],
    ['', undefined],
  ];
  for (const [id, profile] of rows) test.equal(h264Profile(id), profile, `${id}`);
});

t.test('the closest profile is the same, else the next above, else the next below', async (test) => {
  const closest = (stream: H264Profile, ...offered: H264Profile[]) =>
    offered.toSorted((a, b) => profileDistance(a, stream) - profileDistance(b, stream));
  test.same(closest('main', 'high', 'baseline', 'constrained-high', 'constrained-baseline', 'main'), [
    'main',
    'constrained-high',
    'high',
    'baseline',
    'constrained-baseline',
  ]);
});
