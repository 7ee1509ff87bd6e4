import { type MediaFlow, standstill } from './media-flow.ts';

/**
 * Watches for what browsers do not say: a device that slept, and media that stays silent after it woke. iOS gives
 * neither an ICE state nor an event after a phone call; frames just do not come any more (WebKit bug 208516).
 */
export interface WakeListener {
  /** The device has a network again, or another one. */
  networkChanged(): void;
  /** The page can be seen again. */
  woke(): void;
  /** Packets ought to come in since the page woke, and none do. */
  nothingArrives(): void;
  /** Packets come or go, but a camera or a decoder stands still since the page woke. */
  deviceAsleep(): void;
  /** Undefined while the server cannot be reached. */
  flow(): Promise<MediaFlow | undefined>;
}

/** A video call receives dozens of packets per second; none in this time is silence. */
const SILENCE_MS = 2_500;

/** Chromium only; not in the DOM library. */
interface NetworkInformation extends EventTarget {
  readonly type?: string;
}

export class WakeWatch {
  readonly #listener: WakeListener;
  #stop: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: WakeListener) {
    this.#listener = listener;
  }

  start(): void {
    this.stop();
    const stop = new AbortController();
    this.#stop = stop;
    const { signal } = stop;
    window.addEventListener('online', () => this.#listener.networkChanged(), { signal });
    const connection = (navigator as { connection?: NetworkInformation }).connection;
    let type = connection?.type;
    // `change` also comes with every new estimate of the speed; only another kind of network matters.
    const onChange = () => {
      if (connection?.type !== type) this.#listener.networkChanged();
      type = connection?.type;
    };
    connection?.addEventListener('change', onChange, { signal });
    const onVisible = () => {
      if (document.visibilityState === 'visible') void this.#wake();
    };
    document.addEventListener('visibilitychange', onVisible, { signal });
    // Back from the cache of pages, iOS: no visibilitychange.
    window.addEventListener('pageshow', onVisible, { signal });
  }

  stop(): void {
    this.#stop?.abort();
    clearTimeout(this.#timer);
  }

  async #wake(): Promise<void> {
    this.#listener.woke();
    const before = await this.#listener.flow();
    clearTimeout(this.#timer);
    if (before === undefined || this.#stop?.signal.aborted) return;
    this.#timer = setTimeout(async () => {
      const after = await this.#listener.flow();
      const what = after === undefined ? undefined : standstill(before, after);
      if (what === 'path') this.#listener.nothingArrives();
      else if (what === 'device') this.#listener.deviceAsleep();
    }, SILENCE_MS);
  }
}
