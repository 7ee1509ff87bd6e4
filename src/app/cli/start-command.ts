import { banner } from '../banner.ts';
import { isJournal } from '../journal.ts';
import { makeLog } from '../log.ts';
import { watchParent } from '../orphan-watch.ts';
import { Server } from '../server.ts';
import { stopOnSignals } from '../shutdown.ts';
import { type Command, UsageError } from './command.ts';
import { configOf, parseOptions } from './options.ts';

export const startCommand: Command = {
  summary: 'run the server until SIGTERM or Ctrl-C; a second one stops it at once',
  usage: 'start [--config FILE]',
  async run(context) {
    const parsed = parseOptions(context);
    if (parsed.positionals.length > 0) throw new UsageError(`start takes no ${parsed.positionals.join(' ')}`);
    const { config } = configOf(context, parsed);
    const log = makeLog(config.log, context.stdout);
    const server = await Server.start(config, log);
    const stop = stopOnSignals({
      server,
      process,
      exit: (code) => process.exit(code),
      onFailure: (err) => log.error({ err }, 'did not end in order'),
      nowMs: () => performance.now(),
      onSignal: (signal, count) => {
        if (count === 1)
          log.info({ signal, drainSeconds: config.server.drainSeconds }, 'draining; once more stops at once');
        else log.warn({ signal }, 'stopping at once');
      },
    });
    if (context.environment.npm_lifecycle_event !== undefined) watchParent(stop);
    // The journal keeps what it is given; a link that opens a room must not lie there.
    const kept = isJournal(context.environment.JOURNAL_STREAM, context.stdout.fd);
    context.stdout.write(
      banner({
        httpPort: server.httpPort,
        httpsPort: server.httpsPort,
        publicUrl: config.server.publicUrl,
        authority: server.authority,
        inviteCode: kept ? undefined : server.inviteConsultant(),
        inviteMinutes: config.signaling.inviteMinutes,
      }),
    );
    return undefined;
  },
};
