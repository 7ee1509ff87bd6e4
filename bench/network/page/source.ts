/** What the publisher's camera and microphone are: a textured scene that moves, with the time in it, and speech-like sound. */
import { COLUMNS, encodeTime, ROW_SHARE, ROWS } from '../time-code.ts';
import { speechTrack } from './speech.ts';

export interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
}

type Pen = CanvasRenderingContext2D;

/** Largest catch-up after the page did not get to run: later frames are left out as a camera would. */
const LATE_FRAMES = 2;
const SPRITES = 8;

/** A picture whose texture moves in several ways at once, so that encoders use the rate they are given. */
export function timedTrack({ width, height, framesPerSecond }: PictureSize): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext('2d', { alpha: false })!;
  const texture = noiseTexture(width + height / 2, height * 1.5);
  const track = canvas.captureStream(0).getVideoTracks()[0] as CanvasCaptureMediaStreamTrack;
  const periodMs = 1000 / framesPerSecond;
  let dueMs = performance.now();
  let frame = 0;
  const draw = () => {
    drawScene(pen, texture, frame / framesPerSecond);
    drawTime(pen, Date.now());
    track.requestFrame();
    frame += 1;
    dueMs += periodMs;
    const behind = Math.floor((performance.now() - dueMs) / periodMs);
    if (behind > LATE_FRAMES) dueMs += behind * periodMs;
    setTimeout(draw, Math.max(0, dueMs - performance.now()));
  };
  draw();
  return track;
}

export function timedSources(size: PictureSize): { picture: MediaStreamTrack; sound: MediaStreamTrack } {
  return { picture: timedTrack(size), sound: speechTrack() };
}

/** Noise of two grain sizes, the same in every run. */
function noiseTexture(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(width);
  canvas.height = Math.ceil(height);
  const pen = canvas.getContext('2d')!;
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (const grain of [24, 6]) {
    pen.globalAlpha = grain === 24 ? 1 : 0.25;
    for (let y = 0; y < canvas.height; y += grain) {
      for (let x = 0; x < canvas.width; x += grain) {
        const light = 90 + Math.floor(random() * 80);
        pen.fillStyle = `rgb(${light}, ${Math.floor(light * 0.85)}, ${Math.floor(light * (0.6 + 0.3 * random()))})`;
        pen.fillRect(x, y, grain, grain);
      }
    }
  }
  return canvas;
}

function drawScene(pen: Pen, texture: HTMLCanvasElement, seconds: number): void {
  const { width, height } = pen.canvas;
  const shift = (period: number) => (1 + Math.sin((2 * Math.PI * seconds) / period)) / 2;
  pen.drawImage(
    texture,
    shift(11) * (texture.width - width),
    shift(7) * (texture.height - height),
    width,
    height,
    0,
    0,
    width,
    height,
  );
  for (let sprite = 0; sprite < SPRITES; sprite += 1) {
    const size = height * (0.12 + 0.02 * (sprite % 4));
    const x = shift(2.1 + 0.37 * sprite) * (width - size);
    const y = shift(3.3 + 0.53 * sprite) * (height * 0.86 - size);
    const from = ((sprite * 61 + Math.floor(seconds * 12)) % 40) * 4;
    pen.drawImage(texture, from, from / 2, size * 1.4, size * 1.4, x, y, size, size);
  }
}

function drawTime(pen: Pen, timeMs: number): void {
  const { width, height } = pen.canvas;
  const cellWidth = width / COLUMNS;
  const cellHeight = height * ROW_SHARE;
  const top = height - ROWS * cellHeight;
  pen.fillStyle = '#000';
  pen.fillRect(0, top, width, ROWS * cellHeight);
  pen.fillStyle = '#fff';
  for (const [cell, isWhite] of encodeTime(timeMs).entries()) {
    if (!isWhite) continue;
    const row = Math.floor(cell / COLUMNS);
    pen.fillRect((cell % COLUMNS) * cellWidth, top + row * cellHeight, cellWidth, cellHeight);
  }
}
