import t from 'tap';
import {
  bitrateFor,
  cameraEncodings,
  preferCodec,
  screenEncodings,
} from '../../../../web/sdk/video-encodings.ts';

const fullHd = { width: 1920, height: 1080 };

t.test('VP8 and H264 are sent in three layers, the smallest first', async (test) => {
  for (const codec of ['vp8', 'h264'] as const) {
    const layers = cameraEncodings(codec, fullHd);
    test.same(
      layers.map(({ rid, scaleResolutionDownBy }) => [rid, scaleResolutionDownBy]),
      [
        ['l', 4],
        ['m', 2],
        ['h', 1],
      ],
    );
    const [low = 0, middle = 0, high = 0] = layers.map(({ maxBitrate }) => maxBitrate);
    test.ok(low < middle && middle < high);
  }
});

t.test('VP9 and AV1 are one scalable stream', async (test) => {
  for (const codec of ['vp9', 'av1'] as const) {
    test.match(cameraEncodings(codec, fullHd), [{ scalabilityMode: 'L3T3_KEY' }]);
    test.equal(cameraEncodings(codec, fullHd)[0]?.rid, undefined);
  }
});

t.test('a smaller picture gets fewer bits, but never too few to be seen', async (test) => {
  test.equal(bitrateFor('vp8', 1920, 1080), 3_500_000);
  test.ok(bitrateFor('vp8', 1280, 720) < 3_500_000);
  test.ok(bitrateFor('vp8', 1280, 720) > 3_500_000 * (720 / 1080) ** 2, 'more per pixel');
  test.equal(bitrateFor('vp8', 1, 1), 120_000);
  test.equal(bitrateFor('vp8', 1080, 1920), bitrateFor('vp8', 1920, 1080), 'upright is the same');
});

t.test('a screen is one sharp stream at few frames', async (test) => {
  test.match(screenEncodings(), [{ maxFramerate: 15 }]);
  test.notSame(screenEncodings()[0], undefined);
});

t.test('the wanted codec comes first with all its profiles, the others stay as they were', async (test) => {
  const codecs = ['video/VP8', 'video/rtx', 'video/H264', 'video/VP9', 'video/H264'].map(
    (mimeType, index) => ({
      mimeType,
      index,
    }),
  );
  test.same(
    preferCodec(codecs, 'h264').map(({ index }) => index),
    [2, 4, 0, 1, 3],
  );
  test.same(
    preferCodec(codecs, 'av1').map(({ index }) => index),
    [0, 1, 2, 3, 4],
    'a codec that is not there changes nothing',
  );
});
