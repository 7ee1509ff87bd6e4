/** The public door of SRTP; the other `srtp-*` files are its inside. */
export {
  SRTP_MAX_OVERHEAD,
  SRTP_PROFILES,
  type SrtpKeys,
  type SrtpProfile,
  type SrtpProfileParameters,
} from './srtp-profile.ts';
export {
  SRTP_COUNTER_NAMES,
  type SrtpCounterName,
  SrtpReceiver,
  type SrtpReceiverLimits,
} from './srtp-receiver.ts';
export { SrtpSender } from './srtp-sender.ts';
