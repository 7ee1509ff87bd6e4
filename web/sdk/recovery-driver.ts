import { MediaRecovery, type Remedy } from './media-recovery.ts';

/** A MediaRecovery on the real clock: `apply` is called with every remedy when its time has come. */
export class RecoveryDriver {
  readonly #recovery = new MediaRecovery();
  readonly #apply: (remedy: Remedy) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(apply: (remedy: Remedy) => void) {
    this.#apply = apply;
  }

  get broken(): boolean {
    return this.#recovery.broken;
  }

  /** Lets something happen to the recovery, then does what it decides. */
  tell(happen: (recovery: MediaRecovery, nowMs: number) => void): void {
    const nowMs = performance.now();
    happen(this.#recovery, nowMs);
    const remedy = this.#recovery.takeRemedy(nowMs);
    clearTimeout(this.#timer);
    const nextMs = this.#recovery.nextTimeoutMs();
    if (nextMs !== Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(
        () => this.tell((recovery, dueMs) => recovery.handleTimeout(dueMs)),
        Math.max(0, nextMs - nowMs),
      );
    }
    if (remedy !== undefined) this.#apply(remedy);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
