import type { ErrorCode } from '../../src/base/error-codes.ts';
import { closeCodes } from '../../src/signaling/protocol/close-codes.ts';
import {
  ErrorBody,
  Grants,
  Layer,
  ParticipantInfo,
  ProducerInfo,
  Wanted,
} from '../../src/signaling/protocol/common.ts';
import { maxFrameBytes } from '../../src/signaling/protocol/envelope.ts';
import { requests } from '../../src/signaling/protocol/requests.ts';
import { serverEvents } from '../../src/signaling/protocol/server-events.ts';
import { operations } from '../../src/signaling/rest/operations.ts';
import { defaultLimits, defaultSettings } from '../../src/signaling/signaling-options.ts';
import { messageUnit } from '../../src/signaling/websocket/websocket-connection.ts';
import { table } from './markdown.ts';
import { propertyRows } from './schema-text.ts';

const nouns = { ParticipantInfo, ProducerInfo, Grants, Wanted, Layer, ErrorBody };

const columns = ['member', 'type', 'meaning'];

/** Codes that any request may be answered with, beyond its own. */
export const commonErrors: readonly ErrorCode[] = [
  'message_invalid',
  'request_unknown',
  'join_required',
  'rate_limited',
  'internal_error',
];

/** The generated sections of docs/protocol.md, by the name of their markers. */
export function protocolSections(): Readonly<Record<string, string>> {
  return {
    limits: limitTable(),
    nouns: Object.entries(nouns)
      .map(([name, schema]) => `### ${name}\n\n${table(columns, propertyRows(schema, {}))}`)
      .join('\n\n'),
    requests: requestTables(),
    events: eventTables(),
    'close-codes': table(
      ['code', 'then', 'meaning'],
      [...closeCodes]
        .sort((a, b) => a.code - b.code)
        .map(({ code, after, meaning }) => [String(code), after, meaning]),
    ),
    rest: table(
      ['operation', 'who', 'what it does', 'errors of its own'],
      Object.values(operations).map(({ method, path, auth, summary, errors }) => [
        `\`${method} /api/v1${path}\``,
        { apiKey: 'API key', token: 'join token', none: 'anyone' }[auth],
        summary,
        codes(errors),
      ]),
    ),
  };
}

function requestTables(): string {
  const sections = Object.entries(requests).map(([type, { summary, data, result, errors }]) =>
    [
      `### ${type}`,
      summary,
      members('Data', propertyRows(data, nouns)),
      members('Answer', propertyRows(result, nouns)),
      errors.length === 0 ? '' : `Errors of its own: ${codes(errors)}.`,
    ]
      .filter((text) => text !== '')
      .join('\n\n'),
  );
  return [`Any request may also be answered with ${codes(commonErrors)}.`, ...sections].join('\n\n');
}

function eventTables(): string {
  return Object.entries(serverEvents)
    .map(([type, { summary, data }]) =>
      [`### ${type}`, summary, table(columns, propertyRows(data, nouns))].join('\n\n'),
    )
    .join('\n\n');
}

function limitTable(): string {
  const { lostAfterSeconds, resumeWindowSeconds, joinWithinSeconds, eventLog, maxParticipants } =
    defaultSettings;
  const {
    messages,
    joins,
    maxConnections,
    maxBacklogBytes,
    maxProducers,
    maxConsumers,
    maxExtensionsPerLine,
  } = defaultLimits;
  const bytes = (count: number) => `${count / 1024} KiB`;
  return table(
    ['limit', 'default', 'what happens'],
    [
      ['frame, either way', bytes(maxFrameBytes), 'close 1009'],
      ['time to `join` or `resume`', `${joinWithinSeconds} s`, 'close 4401'],
      ['silence', `${lostAfterSeconds} s`, 'close 4408; `resume`'],
      ['time to `resume`', `${resumeWindowSeconds} s`, '`session_gone`; `join`'],
      [
        'events kept for `resume`',
        `${eventLog.maxEvents} events and ${bytes(eventLog.maxBytes)}`,
        '`session_gone`; `join`',
      ],
      [
        'messages of a connection',
        `${messages.perSecond} a second, ${messages.burst} at once; one more for every ${bytes(messageUnit)}`,
        '`rate_limited`; when it goes on, close 4429',
      ],
      ['bytes a client leaves unread', bytes(maxBacklogBytes), 'close 4413; `resume`'],
      ['connections of an address', String(maxConnections), '`too_many_connections` (HTTP 429)'],
      [
        'joins, resumes, tickets and invites of an address',
        `${joins.perSecond} a second, ${joins.burst} at once`,
        '`too_many_connections`',
      ],
      ['participants of a room', String(maxParticipants), '`room_full`'],
      ['producers of a participant', String(maxProducers), '`limit_reached`'],
      ['subscriptions of a participant', String(maxConsumers), '`limit_reached`'],
      ['header extensions of a media line', String(maxExtensionsPerLine), '`limit_reached`'],
    ],
  );
}

function members(title: string, rows: string[][]): string {
  return rows.length === 0 ? `${title}: empty.` : `${title}:\n\n${table(columns, rows)}`;
}

function codes(list: readonly string[]): string {
  return list.map((code) => `\`${code}\``).join(', ');
}
