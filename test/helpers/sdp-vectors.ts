import { readdirSync, readFileSync } from 'node:fs';

const directory = new URL('../vectors/sdp/', import.meta.url);

/** The stored offer `name`, without the ending `.sdp`. */
export function vector(name: string): string {
  return readFileSync(new URL(`${name}.sdp`, directory), 'utf8');
}

/** Names of all stored offers. */
export function vectorNames(): string[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.sdp'))
    .map((file) => file.slice(0, -4));
}

/** Microphone (mid 0) and camera (mid 1), both sent, from Chromium. */
export const plainOffer = vector('chromium-microphone-and-camera');

/** `plainOffer` with its first match replaced; a pattern that does not match is the test's mistake. */
export function editOffer(pattern: RegExp, replacement: string, offer = plainOffer): string {
  if (!pattern.test(offer)) throw new TypeError(`${pattern} is not in the offer`);
  return offer.replace(new RegExp(pattern, pattern.flags.replace('g', '')), replacement);
}
