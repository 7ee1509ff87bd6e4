/** Plots over time as inline SVG. Colours are classes, so that a page can be light or dark. */

export interface Series {
  readonly name: string;
  /** `[seconds, value]` in order of time. */
  readonly points: readonly (readonly [number, number])[];
  /** Default a line. */
  readonly dots?: boolean;
}

const WIDTH = 720;
const HEIGHT = 150;
const MARGIN = { left: 48, right: 8, top: 8, bottom: 20 };
/** Of 1, 2, 5 times a power of ten, about this many lines. */
const GRID_LINES = 4;

/** A figure with its legend; nothing when there is nothing to plot. */
export function plot(title: string, unit: string, series: readonly Series[]): string {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return '';
  const lastX = Math.max(...points.map(([x]) => x), 1);
  const step = niceStep(Math.max(...points.map(([, y]) => y), 0.001) / GRID_LINES);
  const topY = Math.ceil(Math.max(...points.map(([, y]) => y), step) / step) * step;
  const x = (value: number): number => MARGIN.left + (value / lastX) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (value: number): number =>
    HEIGHT - MARGIN.bottom - (value / topY) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const grid = ticks(topY, step).map(
    (value) =>
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${round(y(value))}" y2="${round(y(value))}"/>` +
      `<text x="${MARGIN.left - 4}" y="${round(y(value)) + 4}" text-anchor="end">${shortNumber(value)}</text>`,
  );
  const seconds = ticks(lastX, niceStep(lastX / 8)).map(
    (value) =>
      `<text x="${round(x(value))}" y="${HEIGHT - 4}" text-anchor="middle">${shortNumber(value)} s</text>`,
  );
  const drawn = series.map(({ points: own, dots }, index) => {
    const path = own.map(([atX, atY]) => `${round(x(atX))},${round(y(atY))}`);
    return dots === true
      ? `<path class="s${index} dots" d="${path.map((at) => `M${at}h0`).join('')}"/>`
      : `<polyline class="s${index}" points="${path.join(' ')}"/>`;
  });
  const legend = series.map(({ name }, index) => `<span class="key k${index}">${escapeHtml(name)}</span>`);
  return `<figure><figcaption>${escapeHtml(title)}, ${escapeHtml(unit)} ${legend.join(' ')}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">${grid.join('')}${seconds.join('')}${drawn.join('')}</svg></figure>`;
}

function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10);
}

function ticks(top: number, step: number): number[] {
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, index) => index * step);
}

const round = (value: number): number => Math.round(value * 10) / 10;

const shortNumber = (value: number): string => String(Number(value.toPrecision(3)));

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
