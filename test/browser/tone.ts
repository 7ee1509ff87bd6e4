/** Sound that can be recognised by its frequency. */

let shared: AudioContext | undefined;

/** The page's one AudioContext. */
export function audioContext(): AudioContext {
  shared ??= new AudioContext({ sampleRate: 48_000 });
  void shared.resume();
  return shared;
}

export function toneTrack(hertz: number): MediaStreamTrack {
  const context = audioContext();
  const oscillator = new OscillatorNode(context, { frequency: hertz });
  const destination = context.createMediaStreamDestination();
  oscillator.connect(new GainNode(context, { gain: 0.5 })).connect(destination);
  oscillator.start();
  return destination.stream.getAudioTracks()[0]!;
}

/** Tells the loudest frequency of a remote track, Hz; 0 in silence. */
export class ToneEar {
  readonly #analyser: AnalyserNode;
  readonly #bins: Float32Array<ArrayBuffer>;
  /** Chromium feeds a remote track into WebAudio only while an element plays it. */
  readonly #element = new Audio();

  constructor(track: MediaStreamTrack) {
    const context = audioContext();
    const stream = new MediaStream([track]);
    this.#element.srcObject = stream;
    void this.#element.play();
    this.#analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
    this.#bins = new Float32Array(this.#analyser.frequencyBinCount);
    context.createMediaStreamSource(stream).connect(this.#analyser);
  }

  frequency(): number {
    this.#analyser.getFloatFrequencyData(this.#bins);
    let loudest = 0;
    for (const [bin, decibels] of this.#bins.entries()) {
      if (decibels > this.#bins[loudest]!) loudest = bin;
    }
    const isSilence = this.#bins[loudest]! < -60;
    return isSilence ? 0 : (loudest * audioContext().sampleRate) / this.#analyser.fftSize;
  }
}
