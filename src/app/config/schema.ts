/**
 * Everything an operator can set: two levels, `section.key`, each with its default, meaning and allowed values.
 * `deploy/config.example.yaml` is rendered from here. Units are in the names.
 */
import Type, { type Static, type TSchemaOptions } from 'typebox';
import type { Kind } from './kinds.ts';

const integer = (value: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: value, minimum, maximum, description });
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
        drainSeconds: integer(
          30,
          0,
          3600,
          'After SIGTERM people are told and may go on for so long. A second signal stops at once.',
        ),
      },
      'Pages and signaling.',
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
