/**
 * Whether the microphone is sent in RED (RFC 2198): each packet repeats the sound before it, so that one lost packet
 * costs nothing and no time. That is half as many bits again on the wire, so only where packets are lost.
 */

/** A few lost packets are repaired by NACK and by Opus itself. */
const ON_LOSS_RATIO = 0.02;
const OFF_LOSS_RATIO = 0.005;
/** Changing takes a negotiation: a line that was bad is believed good only after this. */
const QUIET_MS = 20_000;

export class AudioRedundancy {
  #on = false;
  #goodSinceMs: number | undefined;

  /** @param lossRatio of sent sound since the last call, 0..1. @returns whether RED is to be sent. */
  measured(nowMs: number, lossRatio: number): boolean {
    if (lossRatio > ON_LOSS_RATIO) this.#on = true;
    if (lossRatio > OFF_LOSS_RATIO) this.#goodSinceMs = undefined;
    else this.#goodSinceMs ??= nowMs;
    if (this.#goodSinceMs !== undefined && nowMs - this.#goodSinceMs >= QUIET_MS) this.#on = false;
    return this.#on;
  }
}

/**
 * Orders the codecs of RTCRtpSender.getCapabilities: RED before all else, or behind. Browsers send the first one that
 * the answer has; the server answers in the offered order.
 */
export function orderRed<T extends { readonly mimeType: string }>(codecs: readonly T[], first: boolean): T[] {
  const isRed = ({ mimeType }: T) => mimeType.toLowerCase() === 'audio/red';
  const red = codecs.filter(isRed);
  const others = codecs.filter((codec) => !isRed(codec));
  return first ? [...red, ...others] : [...others, ...red];
}
