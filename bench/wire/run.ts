/** `npm run bench:wire`: over real sockets, against real peers. See ../run-benches.ts for the options. */
import { join } from 'node:path';
import { runBenches } from '../run-benches.ts';

const benches = ['forwarding.ts', 'capacity.ts', 'join.ts', 'churn.ts', 'handshake.ts'];

await runBenches(benches.map((file) => join(import.meta.dirname, file)));
