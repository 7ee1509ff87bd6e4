import t from 'tap';
import { cameraEncodings } from '../../../../web/sdk/video-encodings.ts';

const layersOf = (width: number, height: number) =>
  cameraEncodings('vp8', { width, height }).map(({ rid, scaleResolutionDownBy }) => [
    rid,
    scaleResolutionDownBy,
  ]);

t.test(
  'no more simulcast layers are asked for than Chromium sends of a source, so its full size is one',
  (test) => {
    const [l, m, h] = [
      ['l', 4],
      ['m', 2],
      ['h', 1],
    ];
    test.same(layersOf(1920, 1080), [l, m, h]);
    test.same(layersOf(960, 540), [l, m, h], 'the smallest with three');
    test.same(layersOf(540, 960), [l, m, h], 'a phone held upright counts the same pixels');
    test.same(layersOf(959, 540), [m, h]);
    test.same(layersOf(640, 480), [m, h]);
    test.same(layersOf(480, 270), [m, h], 'the smallest with two');
    test.same(layersOf(480, 269), [h]);
    test.same(layersOf(176, 144), [h]);
    test.end();
  },
);
