/**
 * A small registry for the Prometheus text format. Names carry base units (`_seconds`, `_bytes`, `_ratio`, `_total`);
 * labels never hold ids of rooms or people, so their number is bounded by the code.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/ version 0.0.4
 */
export const expositionContentType = 'text/plain; version=0.0.4; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;

export interface MetricFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly { readonly labels?: Labels; readonly value: number }[];
}

/** The families as one document, in the given order. */
export function writeExposition(families: readonly MetricFamily[]): string {
  const out: string[] = [];
  for (const { name, type, help, samples } of families) {
    out.push(`# HELP ${name} ${escapeText(help)}`, `# TYPE ${name} ${type}`);
    for (const { labels, value } of samples) out.push(`${name}${writeLabels(labels)} ${value}`);
  }
  return `${out.join('\n')}\n`;
}

function writeLabels(labels: Labels | undefined): string {
  if (labels === undefined) return '';
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escapeText(value).replaceAll('"', '\\"')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
