import Sqlite, { type Database as SqliteDatabase } from 'better-sqlite3';
import { migrations } from './migrations.ts';
import { OperatorError } from './operator-error.ts';
import { ensurePrivateFile } from './private-file.ts';

/** The one SQLite file; the command line and the server may have it open at the same time. */
export class Database {
  readonly sqlite: SqliteDatabase;

  /** `file`: absolute path, or `:memory:`. Brings an older schema up to date; refuses a newer one. */
  constructor(file: string, steps: readonly string[] = migrations) {
    if (file !== ':memory:') ensurePrivateFile(file);
    try {
      this.sqlite = new Sqlite(file, { timeout: 5000 });
      this.sqlite.pragma('journal_mode = WAL');
      // FULL: what was answered to a client is still there after a power cut.
      this.sqlite.pragma('synchronous = FULL');
      this.sqlite.pragma('foreign_keys = ON');
      this.sqlite.pragma('trusted_schema = OFF');
    } catch (error) {
      throw new OperatorError(
        `cannot open the database ${file}: ${(error as Error).message}`,
        'if the disk is sound, put back the last backup of the data directory',
      );
    }
    this.#migrate(file, steps);
  }

  #migrate(file: string, steps: readonly string[]): void {
    const version = () => this.sqlite.pragma('user_version', { simple: true }) as number;
    const found = version();
    if (found > steps.length) {
      this.sqlite.close();
      throw new OperatorError(
        `${file} was written by a newer Visavis (schema ${found}, this one knows ${steps.length})`,
        'start the newer version again, or put back the backup made before the update',
      );
    }
    if (found === steps.length) return;
    // Immediate: of two processes starting together one migrates, the other waits and finds it done.
    this.sqlite
      .transaction(() => {
        for (const step of steps.slice(version())) this.sqlite.exec(step);
        this.sqlite.pragma(`user_version = ${steps.length}`);
      })
      .immediate();
  }

  /** Whether a write would go through; throws what stands against it. For /readyz. */
  checkWritable(): void {
    this.sqlite.exec('BEGIN IMMEDIATE; ROLLBACK');
  }

  close(): void {
    this.sqlite.close();
  }
}
