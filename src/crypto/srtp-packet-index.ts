import { diff16 } from '../base/serial-number.ts';

/** One more than the largest SRTP packet index: 32 bits of rollover counter, 16 of sequence number. */
export const RTP_INDEX_END = 2 ** 48;
/** One more than the largest SRTCP index. */
export const RTCP_INDEX_END = 2 ** 31;
/** What one turn of the sequence number adds to the index. */
export const RTP_INDEX_TURN = 2 ** 16;

/**
 * The packet index (rollover counter * 2^16 + sequence number) nearest to the highest index so far, on either
 * side of a wrap. Before the first wrap there is no earlier turn, so a number far "behind" is one ahead.
 *
 * @param highest highest packet index so far, 0..2^48-1
 * @param sequenceNumber 0..65535
 * @see RFC 3711 §3.3.1 and Appendix A
 */
export function nearestPacketIndex(highest: number, sequenceNumber: number): number {
  const index = highest + diff16(sequenceNumber, highest & 0xffff);
  return index < 0 ? index + RTP_INDEX_TURN : index;
}

/**
 * The packet index a *receiver* can accept: the nearest one, unless that is behind the replay window, where nothing
 * can be accepted any more. Then the packet is taken as one of the next turn, which lets a stream survive an outage
 * of up to 2^16 - `window` packets instead of 2^15. A wrong guess fails authentication and changes nothing.
 *
 * @param window packets of the replay window, 1..32768
 */
export function acceptablePacketIndex(highest: number, sequenceNumber: number, window: number): number {
  const index = highest + diff16(sequenceNumber, highest & 0xffff);
  return index < 0 || index <= highest - window ? index + RTP_INDEX_TURN : index;
}
