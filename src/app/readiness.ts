/** What must hold before the server takes people in; asked by GET /readyz. */
import type { ReadinessCheck } from '../signaling/signaling-options.ts';
import { type DataDirectory, freeBytes } from '../store/data-directory.ts';
import type { Database } from '../store/database.ts';

export interface ReadinessInputs {
  readonly database: Database;
  readonly directory: DataDirectory;
  readonly minFreeMegabytes: number;
  certificateExpiresAtMs(): number;
  wallMs(): number;
}

const dayMs = 86_400_000;
/** The local certificate is renewed 30 days before its end: a week left means that the renewal does not work. */
const minCertificateDays = 7;

export function readinessChecks(inputs: ReadinessInputs): ReadinessCheck[] {
  return [
    {
      name: 'database',
      run: async () => {
        inputs.database.checkWritable();
        return { ok: true, detail: 'writable' };
      },
    },
    {
      name: 'disk',
      run: async () => {
        const megabytes = Math.floor(freeBytes(inputs.directory) / 1e6);
        return { ok: megabytes >= inputs.minFreeMegabytes, detail: `${megabytes} MB free` };
      },
    },
    {
      name: 'certificate',
      run: async () => {
        const days = Math.floor((inputs.certificateExpiresAtMs() - inputs.wallMs()) / dayMs);
        return { ok: days >= minCertificateDays, detail: `ends in ${days} days` };
      },
    },
  ];
}
