/** Watches a remote picture as a person would: every frame presented, with the time that was drawn into it. */
import type { PresentedFrame } from '../page-calls.ts';
import { COLUMNS, cellsOf, decodeTime, ROW_SHARE, ROWS } from '../time-code.ts';

/** Pixels per cell in the copy that is read; its inner half counts, codecs blur the edges. */
const CELL = 8;
const INNER = { from: 2, to: 6 };

export class Eye {
  readonly frames: PresentedFrame[] = [];
  readonly #video = document.createElement('video');
  readonly #pen: CanvasRenderingContext2D;

  constructor(track: MediaStreamTrack) {
    const copy = document.createElement('canvas');
    copy.width = COLUMNS * CELL;
    copy.height = ROWS * CELL;
    this.#pen = copy.getContext('2d', { willReadFrequently: true })!;
    const video = this.#video;
    video.muted = true;
    video.autoplay = true;
    video.playsInline = true;
    video.style.width = '640px';
    video.srcObject = new MediaStream([track]);
    document.body.append(video);
    const look: VideoFrameRequestCallback = (nowMs, { height }) => {
      video.requestVideoFrameCallback(look);
      const wallMs = Date.now();
      const presentedMs = wallMs - (performance.now() - nowMs);
      this.frames.push([Math.round(presentedMs * 10) / 10, this.#readTime(wallMs) ?? 0, height]);
    };
    video.requestVideoFrameCallback(look);
  }

  close(): void {
    this.#video.srcObject = null;
    this.#video.remove();
  }

  #readTime(nearMs: number): number | undefined {
    const { videoWidth, videoHeight } = this.#video;
    const { width, height } = this.#pen.canvas;
    const stripHeight = videoHeight * ROW_SHARE * ROWS;
    this.#pen.drawImage(
      this.#video,
      0,
      videoHeight - stripHeight,
      videoWidth,
      stripHeight,
      0,
      0,
      width,
      height,
    );
    const { data } = this.#pen.getImageData(0, 0, width, height);
    const luma: number[] = [];
    for (let cell = 0; cell < COLUMNS * ROWS; cell += 1) {
      const left = (cell % COLUMNS) * CELL;
      const top = Math.floor(cell / COLUMNS) * CELL;
      let sum = 0;
      for (let y = top + INNER.from; y < top + INNER.to; y += 1) {
        for (let x = left + INNER.from; x < left + INNER.to; x += 1) sum += data[4 * (y * width + x) + 1]!;
      }
      luma.push(sum / (INNER.to - INNER.from) ** 2);
    }
    return decodeTime(cellsOf(luma), nearMs);
  }
}
