/** `npm run bench:micro`: single steps of the packet path, without sockets. See ../run-benches.ts for the options. */
import { join } from 'node:path';
import { runBenches } from '../run-benches.ts';

await runBenches(
  ['srtp.ts', 'header-rewrite.ts', 'forwarding-core.ts'].map((file) => join(import.meta.dirname, file)),
);
