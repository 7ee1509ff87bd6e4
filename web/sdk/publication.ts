import type { Source } from '../../src/signaling/protocol/common.ts';
import type { Outgoing } from './media-lines.ts';

/** Opens the device again, for example after a mute that switched the camera off. */
export type OpenTrack = (choice: { readonly deviceId?: string | undefined }) => Promise<MediaStreamTrack>;

/** Something this participant publishes, for as long as it does. */
export class Publication {
  readonly source: Source;
  readonly outgoing: Outgoing;
  readonly #open: OpenTrack | undefined;
  readonly #changed: () => void;
  #deviceId: string | undefined;
  /** Changes of the track come one after the other, however fast the person presses. */
  #queue: Promise<unknown> = Promise.resolve();
  #ended = false;

  constructor(options: {
    outgoing: Outgoing;
    open: OpenTrack | undefined;
    /** The track, its state, or the mute changed. */
    changed: () => void;
  }) {
    this.source = options.outgoing.source;
    this.outgoing = options.outgoing;
    this.#open = options.open;
    this.#changed = options.changed;
    this.#deviceId = options.outgoing.track?.getSettings().deviceId;
    this.#watch(options.outgoing.track);
  }

  get track(): MediaStreamTrack | null {
    return this.outgoing.track;
  }

  get muted(): boolean {
    return this.outgoing.muted;
  }

  get deviceId(): string | undefined {
    return this.#deviceId;
  }

  /** The device gives nothing though it should: taken by a phone call, unplugged, or asleep. */
  get interrupted(): boolean {
    const { track, muted } = this.outgoing;
    return !muted && (track === null || track.readyState === 'ended' || track.muted);
  }

  /** A muted camera is switched off, so that its light goes out; a muted microphone is silenced. */
  mute(): Promise<void> {
    return this.#after(async () => {
      if (this.outgoing.muted) return;
      this.outgoing.muted = true;
      const { track } = this.outgoing;
      if (track !== null && this.outgoing.kind === 'video' && this.#open !== undefined) {
        track.stop();
        await this.#use(null);
      } else if (track !== null) {
        track.enabled = false;
      }
      this.#changed();
    });
  }

  /** @throws CaptureError when the device cannot be opened again; it stays muted then. */
  unmute(): Promise<void> {
    return this.#after(async () => {
      if (!this.outgoing.muted) return;
      const { track } = this.outgoing;
      if (track === null || track.readyState === 'ended') await this.#openAgain();
      else track.enabled = true;
      this.outgoing.muted = false;
      this.#changed();
    });
  }

  /**
   * Goes on with another device. The one in use is let go first: many phones cannot open two cameras.
   *
   * @throws CaptureError when it cannot be opened; the one before is opened again if it can.
   */
  switchDevice(deviceId: string): Promise<void> {
    return this.#after(async () => {
      const before = this.#deviceId;
      this.#deviceId = deviceId;
      if (this.outgoing.muted && this.outgoing.kind === 'video') return;
      try {
        await this.#openAgain();
      } catch (error) {
        this.#deviceId = before;
        await this.#openAgain().catch(() => undefined);
        throw error;
      }
    });
  }

  /** Opens the same device again after an interruption. Call it from a tap: iOS asks for one. */
  reopen(): Promise<void> {
    return this.#after(() => (this.outgoing.muted ? Promise.resolve() : this.#openAgain()));
  }

  /** Lets the device go. Only for the Consultation that made it: `unpublish` also tells the server. */
  end(): void {
    this.#ended = true;
    this.outgoing.track?.stop();
    this.outgoing.track = null;
  }

  async #openAgain(): Promise<void> {
    if (this.#open === undefined) return;
    this.outgoing.track?.stop();
    const track = await this.#open({ deviceId: this.#deviceId });
    if (this.#ended) {
      track.stop();
      return;
    }
    // A microphone that is muted stays silent on its new device.
    track.enabled = !(this.outgoing.muted && this.outgoing.kind === 'audio');
    this.#deviceId = track.getSettings().deviceId ?? this.#deviceId;
    this.#watch(track);
    await this.#use(track);
    this.#changed();
  }

  async #use(track: MediaStreamTrack | null): Promise<void> {
    this.outgoing.track = track;
    await this.outgoing.line?.sender.replaceTrack(track);
  }

  #watch(track: MediaStreamTrack | null): void {
    for (const type of ['mute', 'unmute', 'ended']) {
      track?.addEventListener(type, () => {
        if (track === this.outgoing.track) this.#changed();
      });
    }
  }

  #after(task: () => Promise<void>): Promise<void> {
    const run = this.#queue.then(() => (this.#ended ? undefined : task()));
    this.#queue = run.catch(() => undefined);
    return run;
  }
}
