/**
 * A picture that can be recognised after any codec and size: a block of one colour, a moving bar so that every frame
 * differs, and the frame's number in 16 cells of black and white.
 *
 *     ┌──────────────────────┐
 *     │ ████████             │  block of colour, left
 *     │ ████████     ▌→      │  bar, right
 *     │ ■□■■□□■□■□□■■□□■     │  number, most significant bit first
 *     └──────────────────────┘
 */
import type { Colour } from '../helpers/stage-calls.ts';

const NUMBER_BITS = 16;
/** Shares of width and height. */
const BLOCK = { x: 0.05, y: 0.1, width: 0.45, height: 0.45 };
const NUMBER = { x: 0.05, y: 0.7, width: 0.9, height: 0.25 };

type Context = CanvasRenderingContext2D;

export function drawNumbered(context: Context, colour: Colour, frameNumber: number): void {
  const { width, height } = context.canvas;
  context.fillStyle = '#606060';
  context.fillRect(0, 0, width, height);
  context.fillStyle = `rgb(${colour.join()})`;
  context.fillRect(BLOCK.x * width, BLOCK.y * height, BLOCK.width * width, BLOCK.height * height);
  context.fillStyle = '#e0e0e0';
  context.fillRect(
    (0.55 + 0.4 * ((frameNumber % 50) / 50)) * width,
    0.1 * height,
    0.03 * width,
    0.45 * height,
  );
  for (let bit = 0; bit < NUMBER_BITS; bit++) {
    const isSet = (frameNumber >> (NUMBER_BITS - 1 - bit)) & 1;
    context.fillStyle = isSet ? '#ffffff' : '#000000';
    const cell = (NUMBER.width * width) / NUMBER_BITS;
    context.fillRect(NUMBER.x * width + bit * cell, NUMBER.y * height, cell, NUMBER.height * height);
  }
}

/** Reads what `drawNumbered` drew, from a video element that has a frame. */
export function readNumbered(
  video: HTMLVideoElement,
  context: Context,
): { colour: Colour; frameNumber: number } | undefined {
  const { videoWidth } = video;
  if (videoWidth === 0 || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return undefined;
  const width = 320;
  const height = 180;
  context.canvas.width = width;
  context.canvas.height = height;
  context.drawImage(video, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const at = (x: number, y: number): Colour => {
    const index = 4 * (Math.round(y * height) * width + Math.round(x * width));
    return [data[index] ?? 0, data[index + 1] ?? 0, data[index + 2] ?? 0];
  };
  let frameNumber = 0;
  for (let bit = 0; bit < NUMBER_BITS; bit++) {
    const [, green] = at(NUMBER.x + (NUMBER.width * (bit + 0.5)) / NUMBER_BITS, NUMBER.y + NUMBER.height / 2);
    frameNumber = frameNumber * 2 + (green > 127 ? 1 : 0);
  }
  return { colour: at(BLOCK.x + BLOCK.width / 2, BLOCK.y + BLOCK.height / 2), frameNumber };
}

/** A track of numbered frames. Timers, not animation frames: those may rest in a page that nobody looks at. */
export function numberedTrack(options: {
  readonly colour: Colour;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
}): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  canvas.width = options.width;
  canvas.height = options.height;
  const context = canvas.getContext('2d')!;
  let frameNumber = 0;
  const draw = () => drawNumbered(context, options.colour, frameNumber++ & 0xffff);
  draw();
  const track = canvas.captureStream(options.framesPerSecond).getVideoTracks()[0]!;
  const timer = setInterval(() => {
    if (track.readyState === 'ended') clearInterval(timer);
    else draw();
  }, 1000 / options.framesPerSecond);
  return track;
}
