import { type MetricInfo, metricList } from '../../src/signaling/metrics/metric-list.ts';
import { TRANSPORT_EVENTS } from '../../src/transport/media-worker-counters.ts';
import { table } from './markdown.ts';

/** docs/metrics.md, from the list that /metrics is written by. */
export function metricsPage(): string {
  const rows = Object.entries(metricList as Readonly<Record<string, MetricInfo>>).map(
    ([name, { type, help, labels }]) => [
      `\`${name}\``,
      type,
      help,
      Object.entries(labels)
        .map(([label, meaning]) => `\`${label}\`: ${meaning}`)
        .join('; '),
    ],
  );
  return `# Metrics

Generated from \`src/signaling/metrics/metric-list.ts\` by \`scripts/generate-docs.ts\`; do not edit.

\`GET /metrics\` answers in the Prometheus text format: to this machine without a key, to others with an API key
([how to install](../deploy/README.md)). Counters begin at 0 when the server starts and never fall while it runs; a room that ends or a worker that
is replaced takes nothing away. What tells of lines, losses and freezes is measured every \`data.qualitySeconds\` (default 10);
how one call was, minute by minute and why, [quality.md](quality.md) tells. No label holds the id or name of a room or a person.

${table(['name', 'type', 'meaning', 'labels'], rows)}

Events of \`visavis_transport_events_total\`: ${TRANSPORT_EVENTS.map((event) => `\`${event}\``).join(', ')}.
`;
}
