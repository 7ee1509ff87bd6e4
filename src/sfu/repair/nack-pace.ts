/** Loss below which the subscriber is told its true round-trip time. */
const LOSS_FLOOR = 0.02;
/** Between two NACKs for one packet at a round trip of 50 ms: shorter only doubles what one answer brings. */
const PACE_US = 37_000;
const SHORT_RTT_US = 30_000;
const SHORT_PACE_US = 10_000;

/**
 * The round-trip time that a subscriber is to believe in, µs, as libwebrtc asks for a lost packet again after one
 * (modules/video_coding/nack_requester.cc); undefined: the true one. NACKs and their answers get lost as well, so where
 * there is loss it should ask again before a whole round trip has passed. What it asks too soon is counted and not
 * answered twice.
 * @see RFC 3611 §4.5 (DLRR carries the delay it is computed from)
 */
export function nackPaceUs(lossFraction: number, rttUs: number | undefined): number | undefined {
  if (!(lossFraction >= LOSS_FLOOR)) return undefined;
  return rttUs !== undefined && rttUs < SHORT_RTT_US ? SHORT_PACE_US : PACE_US;
}
