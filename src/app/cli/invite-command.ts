import { InviteStore } from '../../store/invite-store.ts';
import type { Config } from '../config/schema.ts';
import { hostName, lanAddresses, urlHost } from '../local-addresses.ts';
import { type Command, UsageError } from './command.ts';
import { configOf, parseOptions } from './options.ts';
import { withStore } from './with-store.ts';

const roles = ['consultant', 'client', 'device'];

export const inviteCommand: Command = {
  summary: 'print a link that lets one person into a room, once',
  usage: 'invite [--role consultant|client|device] [--room ROOM] [--name NAME] [--config FILE]',
  async run(context) {
    const parsed = parseOptions(context, {
      role: { type: 'string', default: 'client' },
      room: { type: 'string' },
      name: { type: 'string' },
    });
    const { role, name } = parsed.values;
    if (typeof role !== 'string' || !roles.includes(role)) {
      throw new UsageError(`--role is ${role}, but must be one of ${roles.join(', ')}`);
    }
    const { config } = configOf(context, parsed);
    const room = parsed.values.room ?? config.rooms.first;
    if (typeof room !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(room)) {
      throw new UsageError('--room takes 1 to 64 letters, digits, _ and -');
    }
    if (name !== undefined && (typeof name !== 'string' || name.length < 1 || name.length > 64)) {
      throw new UsageError('--name takes 1 to 64 characters');
    }
    return withStore(config, async ({ database }) => {
      const lifeMs = config.signaling.inviteMinutes * 60_000;
      const invite = { room, role, ...(typeof name === 'string' && { displayName: name }) };
      const { code, expiresAtMs } = new InviteStore(database).create(invite, lifeMs, Date.now());
      context.stderr.write(
        `Lets one ${role} into room ${room}, once, until ${new Date(expiresAtMs).toLocaleString()}:\n`,
      );
      context.stdout.write(`${pageUrl(config)}/#invite=${code}\n`);
      return 0;
    });
  },
};

/** Where people of the network find the page. */
function pageUrl({ server }: Config): string {
  if (server.publicUrl !== '') return server.publicUrl;
  return `https://${urlHost(lanAddresses()[0] ?? hostName())}:${server.httpsPort}`;
}
