import { SILENCE_LEVEL } from './audio-level.ts';
import { SpeechActivity } from './speech-activity.ts';

/** Decisions are made this often: the paper's Δ of some hundred ms, as in Jitsi and mediasoup. */
const DECISION_INTERVAL_US = 300_000;
/**
 * How much the challenger's score must exceed the speaker's, as a log-likelihood difference, over the immediate and the
 * medium time; over the long time it must be larger at all. Values of the paper, as used by Jitsi and mediasoup.
 */
const IMMEDIATE_MARGIN = 3;
const MEDIUM_MARGIN = 2;
const LONG_MARGIN = 0;

export interface ActiveSpeakerOptions {
  /** Nobody is the speaker once the last one has been silent this long. Default 3 s. */
  readonly silenceUs?: number;
}

/**
 * Dominant speaker identification over three time scales: one who coughs or says "mm" does not take over, one who goes
 * on speaking does, and the speaker stays through pauses. Told levels and time; decides when asked.
 * @see I. Volfin, I. Cohen, "Dominant Speaker Identification for Multipoint Videoconferencing", 2012
 */
export class ActiveSpeaker {
  readonly #silenceUs: number;
  readonly #speakers = new Map<string, SpeechActivity>();
  #dominant: string | null = null;
  #decideUs = Number.POSITIVE_INFINITY;

  constructor(options: ActiveSpeakerOptions = {}) {
    this.#silenceUs = options.silenceUs ?? 3_000_000;
  }

  /** The speaker of the last decision; null: nobody. */
  get dominant(): string | null {
    return this.#dominant;
  }

  /** When `decide` is worth calling; Infinity: there is nobody. */
  get nextTimeoutUs(): number {
    return this.#decideUs;
  }

  /** A packet of `id` came with this RFC 6464 level (-dBov, 0..127). The first one makes `id` known. */
  receive(id: string, level: number, nowUs: number): void {
    let activity = this.#speakers.get(id);
    if (activity === undefined) {
      activity = new SpeechActivity(nowUs);
      this.#speakers.set(id, activity);
      if (this.#decideUs === Number.POSITIVE_INFINITY) this.#decideUs = nowUs + DECISION_INTERVAL_US;
    }
    activity.receive(SILENCE_LEVEL - level, nowUs);
  }

  /** Forgets `id`: its producer was paused or closed. If it was the speaker, the next decision says who is. */
  remove(id: string): void {
    this.#speakers.delete(id);
  }

  /** Decides again if it is time. True if `dominant` changed. */
  decide(nowUs: number): boolean {
    if (nowUs < this.#decideUs) return false;
    const before = this.#dominant;
    for (const activity of this.#speakers.values()) activity.score(nowUs);
    let holder = before === null ? undefined : this.#speakers.get(before);
    if (holder !== undefined && nowUs - holder.lastSpeechUs > this.#silenceUs) holder = undefined;
    this.#dominant = this.#challenger(holder) ?? (holder === undefined ? null : before);
    const idle = this.#speakers.size === 0 && this.#dominant === null;
    this.#decideUs = idle ? Number.POSITIVE_INFINITY : nowUs + DECISION_INTERVAL_US;
    return this.#dominant !== before;
  }

  /** The one who beats `holder` on all three scales, by most on the medium one. */
  #challenger(holder: SpeechActivity | undefined): string | undefined {
    let best: string | undefined;
    let bestMedium = Number.NEGATIVE_INFINITY;
    for (const [id, activity] of this.#speakers) {
      if (activity === holder || !activity.isSpeaking) continue;
      if (holder !== undefined) {
        if (activity.immediateScore - holder.immediateScore <= IMMEDIATE_MARGIN) continue;
        if (activity.mediumScore - holder.mediumScore <= MEDIUM_MARGIN) continue;
        if (activity.longScore - holder.longScore <= LONG_MARGIN) continue;
      }
      if (activity.mediumScore <= bestMedium) continue;
      best = id;
      bestMedium = activity.mediumScore;
    }
    return best;
  }
}
