import type { PacketKind } from './packet-kind.ts';

/** Where a pacer puts the packets whose time has come. The sink stamps the transport-wide number, then sends. */
export interface PacketSink {
  /**
   * `packet` is borrowed for the length of the call; `transportCcOffset` is where its transport-wide number goes, 0 if it
   * has none; `mediaSsrc` and `mediaSequenceNumber` as in `FeedbackOutcome`; `nowUs` is the time it really leaves.
   */
  sendPaced(
    packet: Buffer,
    transportCcOffset: number,
    kind: PacketKind,
    mediaSsrc: number,
    mediaSequenceNumber: number,
    nowUs: number,
  ): void;
}

/** Decides when packets to one subscriber leave. */
export interface Pacer {
  /** Takes a packet to send now or later. `packet` is borrowed: a pacer that holds it back copies it. */
  enqueue(
    packet: Buffer,
    transportCcOffset: number,
    kind: PacketKind,
    mediaSsrc: number,
    mediaSequenceNumber: number,
    nowUs: number,
  ): void;
  /** Sends what is due. */
  process(nowUs: number): void;
  /** When `process` has something to do next; Infinity: nothing waits. */
  readonly nextTimeoutUs: number;
  /** Bytes that wait. */
  readonly queuedBytes: number;
}

/**
 * No pacing: every packet leaves in the call that brings it, so priorities never come to bear and nothing ever waits.
 * It stands where the paced one will, which needs a bandwidth estimate, and there is none yet.
 */
export class PassThroughPacer implements Pacer {
  readonly #sink: PacketSink;
  readonly nextTimeoutUs = Number.POSITIVE_INFINITY;
  readonly queuedBytes = 0;

  constructor(sink: PacketSink) {
    this.#sink = sink;
  }

  enqueue(
    packet: Buffer,
    transportCcOffset: number,
    kind: PacketKind,
    mediaSsrc: number,
    mediaSequenceNumber: number,
    nowUs: number,
  ): void {
    this.#sink.sendPaced(packet, transportCcOffset, kind, mediaSsrc, mediaSequenceNumber, nowUs);
  }

  process(_nowUs: number): void {
    // Nothing ever waits.
  }
}
