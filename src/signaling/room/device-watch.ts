import type { TransportState } from '../../transport/media-messages.ts';

/** Time for ICE and DTLS after the answer; as long as a browser tries. */
const connectWithinUs = 30_000_000;

/**
 * Stands for the session of a WHIP device, which has no signaling connection: it lives while its transport does, and
 * a transport that broke has the resume window to come back (by itself or by an ICE restart).
 */
export class DeviceWatch {
  readonly #resumeWindowUs: number;
  #deadlineUs: number | undefined;
  #connected = false;

  constructor(resumeWindowUs: number, nowUs: number) {
    this.#resumeWindowUs = resumeWindowUs;
    this.#deadlineUs = nowUs + connectWithinUs;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** When it is given up; undefined while its transport lives. */
  get deadlineUs(): number | undefined {
    return this.#deadlineUs;
  }

  handleTransportState(state: TransportState, nowUs: number): void {
    const connected = state === 'connected';
    if (connected) this.#deadlineUs = undefined;
    else if (this.#connected) this.#deadlineUs = nowUs + this.#resumeWindowUs;
    this.#connected = connected;
  }

  /** Whether it is to be given up now. */
  handleTimeout(nowUs: number): boolean {
    return this.#deadlineUs !== undefined && nowUs >= this.#deadlineUs;
  }
}
