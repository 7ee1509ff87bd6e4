/**
 * Everything an operator can set: two levels, `section.key`, each with its default, meaning and allowed values.
 * `deploy/config.example.yaml` is rendered from here. Units are in the names.
 */
import Type, { type Static, type TSchemaOptions } from 'typebox';
import {
  defaultCodecs,
  defaultLimits as limits,
  defaultSettings as settings,
} from '../../signaling/signaling-options.ts';
import { mediaWorkerDefaults as transport } from '../../transport/media-worker-options.ts';
import { MAX_EXTENSIONS } from '../../transport/sdp/media-section.ts';
import type { Kind } from './kinds.ts';

const integer = (value: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: value, minimum, maximum, description });
const number = (value: number, minimum: number, maximum: number, description: string) =>
  Type.Number({ default: value, minimum, maximum, description });
const text = (value: string, description: string, options: TSchemaOptions & { kind?: Kind } = {}) =>
  Type.String({ default: value, description, ...options });
const list = (value: string[], kind: Kind, description: string) =>
  Type.Array(Type.String({ kind }), { default: value, description });
const port = (value: number, description: string) => integer(value, 0, 65535, description);

const section = <Properties extends Parameters<typeof Type.Object>[0]>(
  properties: Properties,
  description: string,
) => Type.Object(properties, { additionalProperties: false, description });

export const ConfigSchema = Type.Object(
  {
    server: section(
      {
        httpsPort: port(8443, 'Port of https:// on the listen addresses. 0: any free one.'),
        httpPort: port(8080, 'Port of http:// on this machine only (127.0.0.1 and ::1). 0: any free one.'),
        listen: list(['0.0.0.0', '::'], 'address', 'Addresses that https:// listens on.'),
        publicUrl: text('', 'How people reach the page, when it is not by an address of this machine.', {
          kind: 'origin',
        }),
        allowedOrigins: list([], 'origin', 'Other sites whose pages may connect, beside the own page.'),
        trustedProxies: list(
          [],
          'addressRange',
          'Reverse proxies whose X-Forwarded-For, -Host and -Proto are believed. They must set them themselves.',
        ),
        drainSeconds: integer(
          30,
          0,
          3600,
          'After SIGTERM people are told and may go on for so long. A second signal stops at once.',
        ),
      },
      'Pages and signaling.',
    ),
    media: section(
      {
        workers: integer(
          0,
          0,
          256,
          'Threads that forward media, each with ports of its own. 0: one per core.',
        ),
        listen: list(['0.0.0.0', '::'], 'address', 'Addresses that media is received on.'),
        announced: list(
          [],
          'address',
          'Addresses that browsers send media to, most wanted first. Empty: those of this machine, also when they change. Behind a router: its public address and the local one.',
        ),
        udpPort: port(
          40000,
          'UDP port of the first worker; each further worker takes the next. 0: any free ones.',
        ),
        tcpPort: port(40000, 'The same for TCP, which serves networks that block UDP.'),
        maxTransports: integer(transport.maxTransports, 1, 100_000, 'Connections of people per worker.'),
        maxPendingHandshakes: integer(
          transport.maxPendingHandshakes,
          1,
          10_000,
          'DTLS handshakes at once per worker.',
        ),
        maxSsrcsPerPeer: integer(
          transport.maxSsrcsPerTransport,
          16,
          10_000,
          'Streams (SSRCs) that one connection may send in its life; a camera with its layers has six.',
        ),
        maxExtensionsPerLine: integer(
          limits.maxExtensionsPerLine,
          24,
          MAX_EXTENSIONS,
          'Header extensions that one media line of an offer may name; browsers name some twenty.',
        ),
        unauthenticatedPerSecond: integer(
          transport.stunPerAddress.perSecond,
          10,
          100_000,
          'STUN, and as much DTLS, from one address that belongs to nobody yet.',
        ),
        disconnectedSeconds: integer(
          transport.iceDisconnectedAfterMs / 1000,
          2,
          60,
          'Without a sign of life for so long a connection counts as disconnected.',
        ),
        failedSeconds: integer(transport.iceFailedAfterMs / 1000, 5, 600, 'And for so long, as failed.'),
      },
      'Pictures and sound.',
    ),
    signaling: section(
      {
        lostSeconds: integer(
          settings.lostAfterSeconds,
          6,
          60,
          'A connection from which nothing was heard for so long is lost; clients ping every 5 s.',
        ),
        resumeSeconds: integer(
          settings.resumeWindowSeconds,
          10,
          3600,
          'A lost session may be resumed for so long.',
        ),
        rejoinHours: integer(
          settings.rejoinSeconds / 3600,
          1,
          24,
          'For so long people come back by themselves after a restart.',
        ),
        inviteMinutes: integer(
          settings.inviteSeconds / 60,
          1,
          43_200,
          'A one-time link is good for so long.',
        ),
        tokenMinutes: integer(
          settings.tokenSeconds / 60,
          1,
          1440,
          'A token is good for so long, to join with.',
        ),
        maxConnections: integer(limits.maxTotalConnections, 1, 100_000, 'WebSockets at once.'),
        maxConnectionsPerAddress: integer(
          limits.maxConnections,
          1,
          100_000,
          'And from one address; a clinic behind one router is one address.',
        ),
        joinsPerSecond: number(
          limits.joins.perSecond,
          0.1,
          1000,
          'Joins, resumes and links used, from one address, in the long run.',
        ),
        joinBurst: integer(limits.joins.burst, 1, 10_000, 'And at once.'),
        messagesPerSecond: number(
          limits.messages.perSecond,
          1,
          10_000,
          'Messages of one connection, in the long run.',
        ),
        messageBurst: integer(limits.messages.burst, 10, 100_000, 'And at once.'),
        maxBacklogKilobytes: integer(
          limits.maxBacklogBytes / 1024,
          64,
          65_536,
          'That may wait for a slow reader before its connection is closed; half of it is kept for a resume, 512 KiB at most.',
        ),
      },
      'The conversation about a call: who is there, who shows what.',
    ),
    rooms: section(
      {
        first: text('consultation', 'The room that the link shown at the start opens.', {
          minLength: 1,
          kind: 'roomName',
        }),
        maxRooms: integer(limits.maxRooms, 1, 100_000, 'Open at the same time.'),
        maxParticipants: integer(settings.maxParticipants, 2, 1000, 'In one room.'),
        maxProducers: integer(limits.maxProducers, 1, 64, 'Sources that one participant may publish.'),
        maxConsumers: integer(limits.maxConsumers, 1, 1000, 'Sources that one participant may watch.'),
        codecs: Type.Array(Type.Enum([...defaultCodecs], { type: 'string' }), {
          default: [...defaultCodecs],
          description: 'That may be published; which one is used, the publishing browser prefers.',
        }),
      },
      'Consultations.',
    ),
    tls: section(
      {
        certificate: text('', 'PEM chain to serve instead of a certificate of the local CA.', {
          fromFile: true,
        }),
        key: text('', 'PEM private key of that certificate.', { secret: true, fromFile: true }),
        passphrase: text('', 'Passphrase of that key, if it has one.', { secret: true, fromFile: true }),
        names: list(
          [],
          'hostOrAddress',
          'More names and addresses for the certificate of the local CA, beside those of this machine.',
        ),
      },
      'Left empty, the server makes a CA of its own and a certificate for the addresses of this machine.',
    ),
    data: section(
      {
        directory: text(
          'data',
          'Database, keys and certificates (mode 0700). Relative to the installation.',
          {
            minLength: 1,
          },
        ),
        minFreeMegabytes: integer(200, 0, 1_000_000, 'Not ready (/readyz) when the disk has less than this.'),
        qualityDays: integer(
          14,
          0,
          3650,
          'How calls went (losses, delay, picture sizes; no names) is kept for so long, to answer why one was bad. 0: not at all.',
        ),
        qualityMegabytes: integer(500, 1, 100_000, 'And at most so much of it; the oldest goes first.'),
        qualitySeconds: integer(
          settings.qualitySeconds,
          5,
          60,
          'One sample per participant and so many seconds: about 150 KB per participant and hour at 10.',
        ),
      },
      'What is kept.',
    ),
    log: section(
      {
        level: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'], {
          default: 'info',
          description: 'The least important lines that are written.',
          type: 'string',
        }),
        format: Type.Enum(['auto', 'json', 'pretty'], {
          default: 'auto',
          description: 'auto: pretty on a terminal, else json.',
          type: 'string',
        }),
      },
      'Lines on standard output.',
    ),
  },
  { additionalProperties: false },
);

export type Config = DeepReadonly<Static<typeof ConfigSchema>>;

type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly Item[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;
