/** `npm run bench:wire`: over real sockets, against real peers. See ../run-benches.ts for the options. */
import { join } from 'node:path';
import { runBenches } from '../run-benches.ts';

await runBenches(['handshake.ts'].map((file) => join(import.meta.dirname, file)));
