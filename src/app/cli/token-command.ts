import type { Role, Source } from '../../signaling/protocol/common.ts';
import { grantsOfRole } from '../../signaling/room/role-grants.ts';
import type { PartialGrants } from '../../signaling/tokens/token-claims.ts';
import { TokenService } from '../../signaling/tokens/token-service.ts';
import { RevocationStore } from '../../store/revocation-store.ts';
import { loadSigningKey } from '../../store/signing-key.ts';
import { type Command, UsageError } from './command.ts';
import { configOf, parseOptions, required } from './options.ts';
import { withStore } from './with-store.ts';

const roles: readonly Role[] = ['consultant', 'client', 'device'];
const sources: readonly Source[] = ['camera', 'microphone', 'screen', 'instrument'];
const rights = ['subscribe', 'data', 'moderate', 'record'] as const;

export const tokenCommand: Command = {
  summary: 'print a token for joining a room; grants are a list, or `role` for what the role usually needs',
  usage:
    'token --room ROOM --role consultant|client|device [--name NAME] [--grants role|publish:camera,subscribe,…] [--minutes 10] [--config FILE]',
  async run(context) {
    const parsed = parseOptions(context, {
      room: { type: 'string' },
      role: { type: 'string' },
      name: { type: 'string' },
      grants: { type: 'string' },
      minutes: { type: 'string', default: '10' },
    });
    const role = roles.find((each) => each === required(parsed, 'role'));
    if (role === undefined) throw new UsageError(`--role must be one of ${roles.join(', ')}`);
    const room = required(parsed, 'room');
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(room)) {
      throw new UsageError(
        '--room takes 1 to 64 letters, digits, _ and -, and starts with a letter or digit',
      );
    }
    const minutes = Number(parsed.values.minutes);
    if (!(minutes > 0 && minutes <= 1440)) throw new UsageError('--minutes takes a number up to 1440');
    const { name } = parsed.values;
    if (typeof name === 'string' && (name.length < 1 || name.length > 64)) {
      throw new UsageError('--name takes 1 to 64 characters');
    }
    const grants = parseGrants(parsed.values.grants, role);
    if (grants === undefined) {
      context.stderr.write('visavis: this token grants nothing but to be there; see --grants\n');
    }
    return withStore(configOf(context, parsed).config, async ({ directory, database }) => {
      const tokens = new TokenService({
        signingKey: loadSigningKey(directory),
        revocations: new RevocationStore(database),
        wallMs: Date.now,
      });
      const { token } = await tokens.issue({
        room,
        role,
        grants,
        displayName: typeof name === 'string' ? name : undefined,
        expiresInSeconds: minutes * 60,
      });
      context.stdout.write(`${token}\n`);
      return 0;
    });
  },
};

/** `role`, or words of a list; `publish:<source>` may come several times. Undefined: nothing granted. */
function parseGrants(text: unknown, role: Role): PartialGrants | undefined {
  if (typeof text !== 'string') return undefined;
  if (text === 'role') return grantsOfRole(role);
  const publish: Source[] = [];
  const granted: Partial<Record<(typeof rights)[number], true>> = {};
  for (const word of text.split(',').map((each) => each.trim())) {
    const source = sources.find((each) => word === `publish:${each}`);
    const right = rights.find((each) => each === word);
    if (source !== undefined) publish.push(source);
    else if (right !== undefined) granted[right] = true;
    else {
      const known = [...sources.map((each) => `publish:${each}`), ...rights].join(', ');
      throw new UsageError(`--grants knows no ${word}; it takes \`role\`, or a list of ${known}`);
    }
  }
  return { publish, ...granted };
}
