/** Every metric of /metrics, in its order. docs/metrics.md is made from here. */
import type { MetricFamily } from './exposition.ts';

export interface MetricInfo extends Pick<MetricFamily, 'type' | 'help'> {
  /** What each label tells. */
  readonly labels: Readonly<Record<string, string>>;
}

const gauge = <Labels extends MetricInfo['labels']>(help: string, labels: Labels) =>
  ({ type: 'gauge', help, labels }) as const;
const counter = <Labels extends MetricInfo['labels']>(help: string, labels: Labels) =>
  ({ type: 'counter', help, labels }) as const;

export const metricList = {
  visavis_build_info: gauge('Always 1; the label tells the version.', { version: 'of the server' }),
  visavis_draining: gauge('1 while the server admits nobody new.', {}),
  visavis_rooms: gauge('Rooms with somebody in them.', {}),
  visavis_participants: gauge('Participants, devices included.', {}),
  visavis_sessions: gauge('Sessions, those waiting for a resume included.', {}),
  visavis_connections: gauge('Open signaling connections.', {}),
  visavis_producers: gauge('Published sources.', {}),
  visavis_consumers: gauge('Subscriptions.', {}),
  visavis_requests_total: counter('Answers to signaling requests by code; ok is no error.', {
    code: '`ok`, or an error code of [errors.md](errors.md)',
  }),
  visavis_http_requests_total: counter('Answers of the REST interface by operation and status.', {
    operation: 'the `operationId` of [openapi.yaml](openapi.yaml)',
    status: 'the HTTP status',
  }),
  visavis_refused_sockets_total: counter(
    'HTTP connections closed at once because their address had too many open.',
    {},
  ),
  visavis_drops_total: counter(
    'Packets dropped and limits hit, by the counters of docs/packet-path.md and docs/transport.md.',
    { counter: 'the place: [packet-path.md](packet-path.md), [transport.md](transport.md)' },
  ),
  visavis_transport_events_total: counter('What the transports did in the normal course of things.', {
    event: 'its name in [transport.md](transport.md)',
  }),
  visavis_media_received_bytes_total: counter('Media received, as last seen.', {}),
  visavis_media_sent_bytes_total: counter('Media sent, as last seen.', {}),
  visavis_uplink_packets_total: counter(
    'Media packets that arrived from people, repaired ones included.',
    {},
  ),
  visavis_uplink_lost_packets_total: counter('Of those sent by people, lost on the way before repair.', {}),
  visavis_uplink_unrepaired_packets_total: counter('And still missing after it.', {}),
  visavis_downlink_packets_total: counter('Media packets sent to people, repairs not counted.', {}),
  visavis_downlink_retransmitted_packets_total: counter('Sent to people again.', {}),
  visavis_downlink_loss_ratio: gauge('Loss towards people before repair, 0 to 1.', {
    quantile: '0.5, 0.9 and 1 (the worst) of the people there',
  }),
  visavis_downlink_estimate_bytes_per_second: gauge(
    'What congestion control takes the lines to people for.',
    {
      quantile: '0 (the least), 0.1 and 0.5 of the people there',
    },
  ),
  visavis_downlink_queue_delay_seconds: gauge('Delay that stands in the lines to people.', {
    quantile: '0.5, 0.9 and 1 (the worst)',
  }),
  visavis_downlink_redundancy_bytes_per_second: gauge(
    'Copies and parity sent against loss, all together.',
    {},
  ),
  visavis_downlink_states: gauge('Lines to people by what congestion control thinks of them.', {
    state: '`normal`, `overuse`, `underuse`, `lossLimited`, `noFeedback`',
  }),
  visavis_round_trip_seconds: gauge('Between server and people.', { quantile: '0.5, 0.9 and 1 (the worst)' }),
  visavis_subscriptions: gauge('Pictures being watched by why they have the layer they have.', {
    reason: '`start`, `wanted`, `publisher`, `bandwidth`, `loss`',
  }),
  visavis_watched_seconds_total: counter('Time of pictures that browsers reported on.', {}),
  visavis_freezes_total: counter('Times those stood still.', {}),
  visavis_frozen_seconds_total: counter('And for how long.', {}),
  visavis_heard_seconds_total: counter('Time of sound that browsers reported on.', {}),
  visavis_concealed_seconds_total: counter(
    'And how much of it was made up for what did not come in time.',
    {},
  ),
  visavis_rooms_lost_total: counter('Rooms whose media worker died under them.', {}),
  visavis_media_workers: gauge('Media workers that answer.', {}),
  visavis_media_worker_event_loop_utilization_ratio: gauge('How busy each media worker is, 0 to 1.', {
    worker: 'its number, from 0',
  }),
  process_cpu_seconds_total: counter('CPU time of the whole process.', {}),
  process_resident_memory_bytes: gauge('Memory of the whole process.', {}),
} as const satisfies Readonly<Record<string, MetricInfo>>;

export type MetricName = keyof typeof metricList;

type Sample<Label extends string> = {
  readonly labels: Readonly<Record<Label, string>>;
  readonly value: number;
};

/** What each metric measured now: a plain number where it has no labels. */
export type Measurements = {
  readonly [Name in MetricName]: keyof (typeof metricList)[Name]['labels'] extends never
    ? number
    : readonly Sample<keyof (typeof metricList)[Name]['labels'] & string>[];
};

/** The measurements as families, in the order of the list. */
export function familiesOf(measurements: Measurements): MetricFamily[] {
  return Object.entries(metricList).map(([name, { type, help }]) => {
    const measured: number | readonly Sample<string>[] = measurements[name as MetricName];
    return { name, type, help, samples: typeof measured === 'number' ? [{ value: measured }] : measured };
  });
}
