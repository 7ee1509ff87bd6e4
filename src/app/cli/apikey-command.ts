import { ApiKeyStore } from '../../store/api-key-store.ts';
import { type Command, UsageError } from './command.ts';
import { configOf, parseOptions, required } from './options.ts';
import { withStore } from './with-store.ts';

const day = (ms: number | null) =>
  ms === null ? '-' : new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

export const apikeyCommand: Command = {
  summary: 'make, list and revoke keys for other software of the clinic',
  usage: 'apikey create --name NAME | list | revoke KEY_ID [--config FILE]',
  async run(context) {
    const parsed = parseOptions(context, { name: { type: 'string' } });
    const [what, keyId] = parsed.positionals;
    return withStore(configOf(context, parsed).config, async ({ database }) => {
      const keys = new ApiKeyStore(database);
      switch (what) {
        case 'create': {
          const made = keys.create(required(parsed, 'name'), Date.now());
          context.stderr.write('This is shown once; the server keeps only its hash:\n');
          context.stdout.write(`${made.key}\n`);
          return 0;
        }
        case 'list':
          for (const key of keys.list()) {
            const state = key.revokedAtMs === null ? 'active' : `revoked ${day(key.revokedAtMs)}`;
            context.stdout.write(
              `${key.keyId}  made ${day(key.createdAtMs)}  used ${day(key.lastUsedAtMs)}  ${state}  ${key.name}\n`,
            );
          }
          return 0;
        case 'revoke': {
          if (keyId === undefined)
            throw new UsageError('apikey revoke needs the id that `apikey list` shows');
          if (keys.revoke(keyId, Date.now())) return 0;
          context.stderr.write(`visavis: no active key ${keyId}; see: visavis apikey list\n`);
          return 1;
        }
        default:
          throw new UsageError('apikey takes one of create, list, revoke');
      }
    });
  },
};
