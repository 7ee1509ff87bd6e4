/** Whether a subscriber's line takes FlexFEC-03, which repairs without a round trip. */
import type { FecStream } from '../../sfu/commands.ts';
import type { OfferedCodec } from './offered-codec.ts';

/** The FEC of one line of an answer. */
export interface NegotiatedFec extends FecStream {
  /** Microseconds, as offered (draft-ietf-payload-flexible-fec-scheme-03 §5.1.1). */
  readonly repairWindow: string;
  readonly transportCc: boolean;
}

/**
 * The payload type of FlexFEC as the draft of version 03 has it, which is what Chromium receives; RFC 8627 has another
 * header and another name. Undefined: not offered, as by Firefox and Safari. What it protects is said by SSRC group
 * (RFC 5956 §4.3), so nothing else has to match.
 */
export function negotiateFec(
  offered: readonly OfferedCodec[],
  makeSsrc: () => number,
): NegotiatedFec | undefined {
  const codec = offered.find(({ name, clockRate }) => name === 'flexfec-03' && clockRate === 90_000);
  return codec && fecOf(codec, makeSsrc());
}

/** The same FEC in a later offer; undefined if its payload type is gone or became another. */
export function keepFec(
  offered: readonly OfferedCodec[],
  { payloadType, ssrc }: NegotiatedFec,
): NegotiatedFec | undefined {
  const codec = offered.find((candidate) => candidate.payloadType === payloadType);
  return codec?.name === 'flexfec-03' ? fecOf(codec, ssrc) : undefined;
}

/** Ten seconds is what Chromium says. */
const DEFAULT_REPAIR_WINDOW = '10000000';

function fecOf({ payloadType, parameters, feedback }: OfferedCodec, ssrc: number): NegotiatedFec {
  const offered = parameters.get('repair-window') ?? '';
  const repairWindow = /^[1-9][0-9]{0,9}$/.test(offered) ? offered : DEFAULT_REPAIR_WINDOW;
  return { payloadType, ssrc, repairWindow, transportCc: feedback.has('transport-cc') };
}
