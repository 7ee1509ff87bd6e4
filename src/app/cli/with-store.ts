import { type DataDirectory, openDataDirectory } from '../../store/data-directory.ts';
import { Database } from '../../store/database.ts';
import type { Config } from '../config/schema.ts';
import { inInstallation } from '../installation.ts';

export interface Store {
  readonly directory: DataDirectory;
  readonly database: Database;
}

/** Opens the data directory, also while the server has it open, and closes it after `work`. */
export async function withStore<Result>(
  config: Config,
  work: (store: Store) => Promise<Result>,
): Promise<Result> {
  const directory = openDataDirectory(inInstallation(config.data.directory));
  const database = new Database(directory.databaseFile);
  try {
    return await work({ directory, database });
  } finally {
    database.close();
  }
}
