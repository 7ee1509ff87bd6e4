/**
 * Picture and sound that belong together: every 700 ms a white flash and a beep, both told by one AudioContext's
 * clock; and the measurement of how far apart they arrive.
 */
import { audioContext } from './tone.ts';

const PERIOD_SECONDS = 0.7;
const FLASH_SECONDS = 0.12;
const BEEP_SECONDS = 0.08;
const FRAMES_PER_SECOND = 30;
const HERTZ = 1000;
/** Beeps scheduled ahead: a minute. */
const BEEPS = 90;
/** What belongs together comes closer than this. */
const PAIR_MS = PERIOD_SECONDS * 500;

export interface FlashAndBeep {
  readonly picture: MediaStreamTrack;
  readonly sound: MediaStreamTrack;
}

export function flashAndBeep(): FlashAndBeep {
  const context = audioContext();
  const gain = new GainNode(context, { gain: 0 });
  const oscillator = new OscillatorNode(context, { frequency: HERTZ });
  const destination = context.createMediaStreamDestination();
  oscillator.connect(gain).connect(destination);
  oscillator.start();
  const first = Math.ceil(context.currentTime / PERIOD_SECONDS) + 1;
  for (let beep = first; beep < first + BEEPS; beep++) {
    gain.gain.setValueAtTime(0.8, beep * PERIOD_SECONDS);
    gain.gain.setValueAtTime(0, beep * PERIOD_SECONDS + BEEP_SECONDS);
  }

  const canvas = document.createElement('canvas');
  canvas.width = 320;
  canvas.height = 180;
  const pen = canvas.getContext('2d')!;
  let drawnAt = 0;
  let wasLit = false;
  let tick = 0;
  const picture = canvas.captureStream(0).getVideoTracks()[0] as CanvasCaptureMediaStreamTrack;
  setInterval(() => {
    const now = context.currentTime;
    const isLit = now % PERIOD_SECONDS < FLASH_SECONDS;
    if (isLit === wasLit && now - drawnAt < 1 / FRAMES_PER_SECOND) return;
    drawnAt = now;
    wasLit = isLit;
    tick += 1;
    pen.fillStyle = isLit ? '#ffffff' : '#101010';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    // No frame is like the one before, or encoders would leave it out.
    pen.fillStyle = '#808080';
    pen.fillRect((tick * 7) % canvas.width, 160, 20, 20);
    picture.requestFrame();
  }, 4);
  return { picture, sound: destination.stream.getAudioTracks()[0]! };
}

/** Says when the sample comes that begins a beep. In the audio thread: nothing else hears so finely. */
const onsetProcessor = `
registerProcessor('onset', class extends AudioWorkletProcessor {
  #quietUntil = 0;
  process([input]) {
    const samples = input[0] ?? [];
    for (let i = 0; i < samples.length; i++) {
      if (Math.abs(samples[i]) < 0.15) continue;
      const at = (currentFrame + i) / sampleRate;
      if (at > this.#quietUntil) this.port.postMessage(at);
      this.#quietUntil = at + 0.2;
    }
    return true;
  }
});`;

let processorLoaded: Promise<void> | undefined;

/** Watches one picture and the sound that belongs to it. */
export class SyncMeter {
  readonly #flashesMs: number[] = [];
  readonly #beepsMs: number[] = [];
  readonly #audio = new Audio();
  readonly #video = document.createElement('video');

  static async start(picture: MediaStreamTrack, sound: MediaStreamTrack): Promise<SyncMeter> {
    const context = audioContext();
    const source = URL.createObjectURL(new Blob([onsetProcessor], { type: 'text/javascript' }));
    processorLoaded ??= context.audioWorklet.addModule(source);
    await processorLoaded;
    return new SyncMeter(picture, sound, context);
  }

  private constructor(picture: MediaStreamTrack, sound: MediaStreamTrack, context: AudioContext) {
    const stream = new MediaStream([sound]);
    // Chromium feeds a remote track into WebAudio only while an element plays it.
    this.#audio.srcObject = stream;
    void this.#audio.play();
    const onset = new AudioWorkletNode(context, 'onset', { numberOfOutputs: 0 });
    onset.port.onmessage = ({ data }: MessageEvent<number>) => {
      const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
      this.#beepsMs.push(performanceTime + (data - contextTime) * 1000);
    };
    context.createMediaStreamSource(stream).connect(onset);

    this.#video.muted = true;
    this.#video.srcObject = new MediaStream([picture]);
    document.body.append(this.#video);
    void this.#video.play();
    const pixels = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
    let wasLit = false;
    const look = (_nowMs: number, { presentationTime }: VideoFrameCallbackMetadata) => {
      pixels.drawImage(this.#video, 0, 0, 8, 8);
      const isLit = pixels.getImageData(4, 2, 1, 1).data[1]! > 128;
      if (isLit && !wasLit) this.#flashesMs.push(presentationTime);
      wasLit = isLit;
      this.#video.requestVideoFrameCallback(look);
    };
    this.#video.requestVideoFrameCallback(look);
  }

  /** Milliseconds from each flash to its beep; positive: the sound comes later. */
  offsetsMs(): number[] {
    return this.#flashesMs.flatMap((flashMs) => {
      const beepMs = this.#beepsMs.find((one) => Math.abs(one - flashMs) < PAIR_MS);
      return beepMs === undefined ? [] : [beepMs - flashMs];
    });
  }
}
