/** What must hold before the server takes people in; asked by GET /readyz. */
import type { ReadinessCheck } from '../signaling/signaling-options.ts';
import { type DataDirectory, freeBytes } from '../store/data-directory.ts';
import type { Database } from '../store/database.ts';
import type { MediaPool } from '../transport/media-pool.ts';

export interface ReadinessInputs {
  readonly database: Database;
  readonly directory: DataDirectory;
  readonly minFreeMegabytes: number;
  readonly media: Pick<MediaPool, 'stats'>;
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
      // A worker answers only while its ports are bound.
      name: 'udp',
      run: async () => {
        const workers = await inputs.media.stats();
        const ready = workers.filter((stats) => stats !== undefined).length;
        return { ok: ready === workers.length, detail: `${ready} of ${workers.length} media workers` };
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
