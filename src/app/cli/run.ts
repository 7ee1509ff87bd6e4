import { OperatorError } from '../../store/operator-error.ts';
import { ConfigError } from '../config/config-error.ts';
import { nearest } from '../config/nearest.ts';
import { version } from '../installation.ts';
import { apikeyCommand } from './apikey-command.ts';
import { type Command, type CommandContext, UsageError } from './command.ts';
import { configCommand } from './config-command.ts';
import { inviteCommand } from './invite-command.ts';
import { qualityCommand } from './quality-command.ts';
import { startCommand } from './start-command.ts';
import { tokenCommand } from './token-command.ts';

const commands: Readonly<Record<string, Command>> = {
  start: startCommand,
  invite: inviteCommand,
  token: tokenCommand,
  apikey: apikeyCommand,
  quality: qualityCommand,
  config: configCommand,
};

/** Runs one command line; resolves to its exit code: 0 done, 1 cannot, 2 misused; undefined while a server runs. */
export async function run(context: CommandContext): Promise<number | undefined> {
  const [name, ...args] = context.args;
  if (name === '--help' || name === '-h' || name === 'help') {
    context.stdout.write(help());
    return 0;
  }
  if (name === '--version' || name === '-v') {
    context.stdout.write(`${version}\n`);
    return 0;
  }
  const command = Object.hasOwn(commands, name ?? '') ? commands[name!] : undefined;
  try {
    if (command === undefined) throw new UsageError(unknownCommand(name));
    if (args.includes('--help')) {
      context.stdout.write(`visavis ${command.usage}\n\n${command.summary}\n`);
      return 0;
    }
    return await command.run({ ...context, args });
  } catch (error) {
    if (error instanceof UsageError) {
      const hint = command === undefined ? 'visavis --help' : `visavis ${command.usage}`;
      context.stderr.write(`visavis: ${error.message}\nusage: ${hint}\n`);
      return 2;
    }
    if (error instanceof OperatorError) {
      context.stderr.write(`visavis: ${error.message}\nvisavis: cure: ${error.cure}\n`);
      return 1;
    }
    if (error instanceof ConfigError) {
      context.stderr.write(
        `visavis: ${error.message}\nvisavis: cure: every setting is explained by: npx visavis config example\n`,
      );
      return 1;
    }
    throw error;
  }
}

function unknownCommand(name: string | undefined): string {
  if (name === undefined) return 'no command given';
  const guess = nearest(name, Object.keys(commands));
  return `unknown command ${name}${guess === undefined ? '' : `, did you mean ${guess}?`}`;
}

function help(): string {
  const rows = Object.values(commands).map(({ usage, summary }) => `  visavis ${usage}\n      ${summary}`);
  return [
    `Visavis ${version}: a media server for video consultations`,
    '',
    ...rows,
    '  visavis --help | --version',
    '',
    'Settings come from visavis.yaml (or --config FILE) and from variables VISAVIS__SECTION__KEY.',
    '',
  ].join('\n');
}
