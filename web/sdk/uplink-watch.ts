import { AudioRedundancy } from './audio-redundancy.ts';
import { quality } from './quality.ts';
import type { StatsSample } from './stats-sample.ts';

/** As often as the server reports what it received, twice over. */
const INTERVAL_MS = 2_000;

export interface Uplink {
  sample(): Promise<StatsSample | undefined>;
  /** The media line of the microphone, while there is one. */
  microphone(): string | undefined;
  setRedundancy(on: boolean): void;
}

/** Watches what the line loses of the sound that is sent, and has it sent with redundancy where it does. */
export class UplinkWatch {
  readonly #uplink: Uplink;
  readonly #redundancy = new AudioRedundancy();
  #timer: ReturnType<typeof setInterval> | undefined;
  #before: StatsSample | undefined;

  constructor(uplink: Uplink) {
    this.#uplink = uplink;
  }

  start(): void {
    this.stop();
    this.#timer = setInterval(() => void this.#look(), INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const mid = this.#uplink.microphone();
    const after = mid === undefined ? undefined : await this.#uplink.sample();
    const before = this.#before;
    this.#before = after;
    if (mid === undefined || before === undefined || after === undefined) return;
    const sent = quality(before, after)?.streams.get(mid);
    if (sent !== undefined) this.#uplink.setRedundancy(this.#redundancy.measured(after.atMs, sent.lossRatio));
  }
}
