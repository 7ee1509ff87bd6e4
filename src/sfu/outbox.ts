import type { RouterEvent } from './events.ts';

/**
 * The one door out of the SFU: synchronous, never calls back into the router.
 * Buffers are borrowed for the length of the call only; the outbox protects or copies them at once.
 */
export interface Outbox {
  /** Send `packet` (plain RTP, whole) to the peer of `transportId`. */
  sendRtp(transportId: string, packet: Buffer): void;
  /** Send `packet` (plain compound RTCP) to the peer of `transportId`. */
  sendRtcp(transportId: string, packet: Buffer): void;
  emit(event: RouterEvent): void;
}
