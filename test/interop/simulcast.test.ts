/** Layers follow the size in which a picture is shown, without a break in it. */
import t, { type Test } from 'tap';
import { enterRoom, launchBrowser } from '../helpers/consultation-browser.ts';
import { isColour } from '../helpers/pictures.ts';
import { startServerProcess } from '../helpers/server-process.ts';
import type { PictureView } from '../helpers/stage-calls.ts';

const server = await startServerProcess(t);
const browser = await launchBrowser(t);
const alice = await enterRoom(t, browser, server, { room: 'layers', name: 'Alice' });
const bob = await enterRoom(t, browser, server, { room: 'layers', name: 'Bob' });
const colour = [40, 160, 60] as const;

/** Heights of the element that shows it, and the width of the layer that fits: down in one step, up in two, down. */
const steps = [
  { maxHeight: 120, width: 240 },
  { maxHeight: 270, width: 480 },
  { maxHeight: 540, width: 960 },
  { maxHeight: 300, width: 960 },
  { maxHeight: 180, width: 480 },
  { maxHeight: 540, width: 960 },
] as const;

async function followSize(test: Test, codec: 'vp8' | 'vp9' | 'h264' | 'av1'): Promise<void> {
  await alice.do('publishPicture', { codec, colour, width: 960, height: 540, framesPerSecond: 15 });
  // All layers are there before any is asked for.
  let seen = await bob.sees('Alice', (view) => view.frameWidth === 960 && isColour(view.colour, colour));
  const start = seen;
  const eventsBefore = (await bob.do('qualityEvents')).length;

  for (const { maxHeight, width } of steps) {
    await bob.do('setWantedHeight', 'Alice', 'camera', maxHeight);
    const switched = await bob.sees('Alice', (view) => view.frameWidth === width, { withinMs: 5_000 });
    const settled = (view: PictureView) => view.framesDecoded >= switched.framesDecoded + 8;
    const after = await bob.sees('Alice', settled);
    test.equal(after.frameWidth, width, `shown ${maxHeight} high it is ${width} wide, and stays so`);
    test.ok(isColour(after.colour, colour), 'its picture is whole');
    const drawn = after.frameNumber - seen.frameNumber;
    const decoded = after.framesDecoded - seen.framesDecoded;
    test.ok(decoded >= 0.6 * drawn - 4, `frames keep coming: ${decoded} of ${drawn}`);
    seen = after;
  }

  // A busy machine may cause one; a switch that breaks the picture would cause one each.
  const freezes = seen.freezeCount - start.freezeCount;
  test.ok(freezes <= 1, `freezes: ${freezes}`);
  // What a switch at a key frame costs; a decoder in trouble asks again and again.
  test.ok(seen.pliCount - start.pliCount <= 1, `PLI of the decoder: ${seen.pliCount - start.pliCount}`);
  const keyFrames = seen.keyFramesDecoded - start.keyFramesDecoded;
  test.ok(keyFrames <= steps.length + 2, `key frames: ${keyFrames}`);
  const events = (await bob.do('qualityEvents')).slice(eventsBefore);
  const layers = events.filter(({ from, to }) => from.spatialLayer !== to.spatialLayer);
  // A browser short of CPU leaves its top layer out for a while and takes it up again: that is told to be its doing.
  const reasons = layers.map(({ reason }) => reason);
  const wanted = reasons.filter((reason) => reason === 'wanted').length;
  const publisher = reasons.filter((reason) => reason === 'publisher').length;
  test.equal(wanted + publisher, reasons.length, `each change is told by its cause: ${reasons}`);
  test.ok(wanted >= 4 && publisher <= 2, 'which is what was wanted');
  test.ok(layers.length >= 5, `${layers.length} changes are told`);
  test.match(layers.at(-1)?.to, { width: 960, height: 540 });

  await alice.do('unpublish', 'camera');
  await bob.until('person', ['Alice'], (view) => view?.pictures.camera === undefined);
}

t.test('VP8 simulcast follows the size wanted without a break', (test) => followSize(test, 'vp8'));

t.test('H264 simulcast follows the size wanted without a break', (test) => followSize(test, 'h264'));

t.test('VP9 spatial layers follow the size wanted without a break', (test) => followSize(test, 'vp9'));

t.test('AV1 spatial layers follow the size wanted without a break', (test) => followSize(test, 'av1'));
