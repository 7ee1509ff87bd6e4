/**
 * Every place in the router where something is dropped has one counter; docs/packet-path.md lists them in the order
 * of a packet's way, and a test holds that page to this list.
 */
import { type Counters, makeCounters } from '../base/counters.ts';

export const ROUTER_DROPS = [
  /** A packet for a transport the router does not have. */
  'transportUnknown',
  /** Not an RTP packet (RFC 3550 §5.1). */
  'rtpMalformed',
  /** Longer than any packet of a sane MTU. */
  'rtpTooLong',
  /** Nothing says which producer the SSRC belongs to. */
  'streamUnknown',
  /** A payload type that was not negotiated for its media line. */
  'payloadTypeUnknown',
  /** RTX without payload: a bandwidth probe. Counted for transport-cc, never forwarded. */
  'probe',
  /** RTX whose original stream is not known (yet), or too old. */
  'repairUseless',
  /** May be a restart of the sender's numbering; the next packet decides (RFC 3550 A.1). */
  'heldBack',
  'duplicate',
  'producerPaused',
  /** The payload descriptor does not follow its RFC. */
  'payloadMalformed',
  'consumerPaused',
  /** Of a layer this subscriber does not get now. */
  'layerNotForwarded',
  /** Longer than one datagram of a sane MTU: what it asks for would keep everybody waiting. */
  'rtcpTooLong',
  /** Not a well-formed compound (RFC 3550 §6.1). */
  'rtcpMalformed',
  /** A type or format the server does not use (docs/rtcp.md). */
  'rtcpUnknown',
  /** Feedback about an SSRC that is not the peer's. */
  'feedbackUnknown',
  /** Transport-wide feedback about a packet never sent, or sent too long ago. */
  'feedbackNotSent',
  /** A receiver's estimate below or above all that makes sense: the nearest that does is taken. */
  'rembOutOfRange',
  /** More key frames asked for than one subscriber may have. */
  'keyFrameOverBudget',
  /** A NACK for what was never sent, or too long ago. */
  'nackNotHeld',
  /** A NACK less than an RTT after the last resend. */
  'nackTooSoon',
  /** More NACKs than one subscriber may have answered in a second. */
  'nackOverBudget',
] as const;

export type RouterDrop = (typeof ROUTER_DROPS)[number];
export type RouterDrops = Counters<RouterDrop>;

export function makeRouterDrops(): RouterDrops {
  return makeCounters(ROUTER_DROPS);
}
