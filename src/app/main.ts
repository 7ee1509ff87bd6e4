/** The command line: `visavis <command>`. Runs on the pinned Node 24; see scripts/visavis.mjs. */
import { run } from './cli/run.ts';

process.umask(0o077);
const code = await run({
  args: process.argv.slice(2),
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
});
if (code !== undefined) process.exitCode = code;
