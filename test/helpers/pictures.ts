import type { Colour } from './stage-calls.ts';

/** What coding, scaling and the trip through YUV may change, per channel. */
const TOLERANCE = 32;

/** Whether a colour seen in a picture is the one that was drawn. */
export function isColour(seen: Colour | undefined, drawn: Colour): boolean {
  return seen?.every((value, channel) => Math.abs(value - drawn[channel]!) <= TOLERANCE) === true;
}
