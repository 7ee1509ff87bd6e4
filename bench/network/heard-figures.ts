/** How a remote sound was: the share made up by concealment, and gaps as people hear them. */
import type { HeardSamples } from './page-calls.ts';

/** Between two looks at a sound, made up as much as this is a gap and not a mend. */
const GAP_SHARE = 0.9;
/** As Agora counts audio freezes. */
const GAP_MS = 200;

const SAMPLES_PER_MS = 48;
/** Clocks of sound and page differ; less than this of the window played means that something was missing. */
const WHOLE_SHARE = 0.97;

type Window = { readonly startMs: number; readonly endMs: number };

/** Of several subscribers the worst share, and the gaps of all. Each has its sounds, one after the other. */
export function heardFigures(
  subscribers: readonly (readonly (readonly HeardSamples[])[])[],
  window: Window,
): { readonly 'audio concealed %': number; readonly 'audio gaps > 200 ms': number } {
  const heard = subscribers.map((sounds) => sounds.map((looks) => lookedAt(looks, window)));
  return {
    'audio concealed %': Math.max(0, ...heard.map((sounds) => concealedShare(sounds, window) * 100)),
    'audio gaps > 200 ms': heard.flat().reduce((sum, looks) => sum + gapsIn(looks), 0),
  };
}

function lookedAt(looks: readonly HeardSamples[], { startMs, endMs }: Window): HeardSamples[] {
  return looks.filter(([atMs]) => atMs >= startMs && atMs <= endMs);
}

/** What never came out at all counts as made up. */
function concealedShare(sounds: readonly (readonly HeardSamples[])[], { startMs, endMs }: Window): number {
  let total = 0;
  let concealed = 0;
  for (const looks of sounds) {
    const [first, last] = [looks[0], looks.at(-1)];
    if (first === undefined || last === undefined) continue;
    total += last[1] - first[1];
    concealed += last[2] - first[2];
  }
  const expected = (endMs - startMs) * SAMPLES_PER_MS;
  const missing = total < WHOLE_SHARE * expected ? expected - total : 0;
  return (concealed + missing) / Math.max(1, total + missing);
}

/** Runs of looks between which nearly everything was made up, or nothing came out at all. */
function gapsIn(heard: readonly HeardSamples[]): number {
  let gaps = 0;
  let gapMs = 0;
  for (const [index, [atMs, total, concealed]] of heard.entries()) {
    const before = heard[index - 1];
    if (before === undefined) continue;
    const samples = total - before[1];
    const isGap = samples === 0 || (concealed - before[2]) / samples >= GAP_SHARE;
    const longerMs = isGap ? gapMs + atMs - before[0] : 0;
    if (longerMs > GAP_MS && gapMs <= GAP_MS) gaps += 1;
    gapMs = longerMs;
  }
  return gaps;
}
