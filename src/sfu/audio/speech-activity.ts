/** One immediate unit: a frame of Opus as browsers send it. */
const FRAME_US = 20_000;
/** Frames of the immediate scale remembered, one second; the medium and long scales are counted from them. */
const FRAMES = 50;
/** Frames in a medium unit (100 ms), medium units in the long one (1 s). */
const FRAMES_PER_MEDIUM = 5;
const MEDIUMS = FRAMES / FRAMES_PER_MEDIUM;
/** A frame's loudness is counted in steps of 10 dB above the noise, up to this many: the paper's sub-bands. */
const LOUDNESS_STEP_DB = 10;
const MAX_STEPS = 13;
/** A frame this many steps above the noise is speech; a medium unit with this many such frames is; a long one of these. */
const SPEECH_STEPS = 2;
const SPEECH_FRAMES = 3;
/** 200 ms of speech in the last second make somebody a candidate: a cough or a click is shorter. */
const SPEECH_MEDIUMS = 2;

/** λ of the exponential prior of "no speech", per scale; values of the paper as used by Jitsi and mediasoup. */
const IMMEDIATE_LAMBDA = 0.78;
const MEDIUM_LAMBDA = 24;
const LONG_LAMBDA = 47;

/** The noise floor is at least what a quiet room gives (-90 dBov), at most what must be speech in any (-50 dBov). */
const MIN_NOISE = 37;
const MAX_NOISE = 77;
/** The floor falls at once to what is quieter, and rises this fast under what is louder: pauses in speech hold it. */
const NOISE_RISE_PER_FRAME = 0.05;

/** ln C(n, k). */
function logBinomial(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i += 1) sum += Math.log((n - k + i) / i);
  return sum;
}

/** How much likelier `active` of `total` came from speech (each active by p = 0.5) than from silence (exponential, λ). */
function logLikelihoodRatio(active: number, total: number, lambda: number): number {
  return logBinomial(total, active) + total * Math.log(0.5) - Math.log(lambda) + lambda * active;
}

/**
 * How much one participant spoke lately, on three time scales: now, the last 100 ms, the last second.
 * Constant memory, constant time per packet.
 */
export class SpeechActivity {
  /** Steps of loudness above the noise, one per frame, newest at #head. */
  readonly #frames = new Uint8Array(FRAMES);
  #head = 0;
  #lastUs: number;
  #noise = MAX_NOISE;

  immediateScore = 0;
  mediumScore = 0;
  longScore = 0;
  /** Enough speech in the last second to be somebody who speaks. */
  isSpeaking = false;
  /** When `isSpeaking` was last found true; when made, if never. */
  lastSpeechUs: number;

  constructor(nowUs: number) {
    this.#lastUs = nowUs - FRAME_US;
    this.lastSpeechUs = nowUs;
  }

  /** Takes a packet's loudness in, dB above -127 dBov, 0..127. Frames without packets since the last are silence. */
  receive(loudness: number, nowUs: number): void {
    this.#fillSilence(nowUs - FRAME_US * 2);
    this.#noise =
      loudness < this.#noise
        ? Math.max(MIN_NOISE, loudness)
        : Math.min(MAX_NOISE, this.#noise + NOISE_RISE_PER_FRAME);
    const steps = Math.floor((loudness - this.#noise) / LOUDNESS_STEP_DB);
    const frames = Math.max(1, Math.round((nowUs - this.#lastUs) / FRAME_US));
    this.#push(Math.max(0, Math.min(MAX_STEPS, steps)), frames);
    // A burst after a stall must not count as more time than has passed.
    this.#lastUs = Math.max(this.#lastUs, nowUs);
  }

  /** Works the scores out as of now. */
  score(nowUs: number): void {
    this.#fillSilence(nowUs - FRAME_US * 3);
    let speechMediums = 0;
    let newestMedium = 0;
    let loudest = 0;
    for (let medium = 0; medium < MEDIUMS; medium += 1) {
      let speechFrames = 0;
      for (let frame = 0; frame < FRAMES_PER_MEDIUM; frame += 1) {
        const steps = this.#frames[(this.#head + FRAMES - medium * FRAMES_PER_MEDIUM - frame) % FRAMES]!;
        if (steps >= SPEECH_STEPS) speechFrames += 1;
        if (medium === 0 && steps > loudest) loudest = steps;
      }
      if (medium === 0) newestMedium = speechFrames;
      if (speechFrames >= SPEECH_FRAMES) speechMediums += 1;
    }
    this.immediateScore = logLikelihoodRatio(loudest, MAX_STEPS, IMMEDIATE_LAMBDA);
    this.mediumScore = logLikelihoodRatio(newestMedium, FRAMES_PER_MEDIUM, MEDIUM_LAMBDA);
    this.longScore = logLikelihoodRatio(speechMediums, MEDIUMS, LONG_LAMBDA);
    this.isSpeaking = speechMediums >= SPEECH_MEDIUMS;
    if (this.isSpeaking) this.lastSpeechUs = nowUs;
  }

  #fillSilence(untilUs: number): void {
    const missing = Math.floor((untilUs - this.#lastUs) / FRAME_US);
    if (missing <= 0) return;
    this.#push(0, missing);
    this.#lastUs += missing * FRAME_US;
  }

  #push(steps: number, frames: number): void {
    for (let frame = 0; frame < Math.min(frames, FRAMES); frame += 1) {
      this.#head = (this.#head + 1) % FRAMES;
      this.#frames[this.#head] = steps;
    }
  }
}
