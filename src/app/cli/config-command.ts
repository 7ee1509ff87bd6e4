import { renderEffective, renderExample } from '../config/render-config.ts';
import { settings } from '../config/settings.ts';
import { type Command, UsageError } from './command.ts';
import { configFile, configOf, parseOptions } from './options.ts';

export const configCommand: Command = {
  summary: 'check the configuration, print what is in force (secrets hidden), or an annotated example',
  usage: 'config check|print|example [--config FILE]',
  async run(context) {
    const parsed = parseOptions(context);
    const [what, ...more] = parsed.positionals;
    if (more.length > 0) throw new UsageError(`config ${what} takes no ${more.join(' ')}`);
    switch (what) {
      case 'check': {
        const { origins } = configOf(context, parsed);
        const file = configFile(parsed) ?? 'no file';
        context.stdout.write(
          `ok: ${file}, ${origins.size} of ${settings.length} settings differ from the defaults\n`,
        );
        return 0;
      }
      case 'print':
        context.stdout.write(renderEffective(configOf(context, parsed)).trimStart());
        return 0;
      case 'example':
        context.stdout.write(renderExample());
        return 0;
      default:
        throw new UsageError('config takes one of check, print, example');
    }
  },
};
