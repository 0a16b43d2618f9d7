import { DatabaseSync } from 'node:sqlite';
import type { LocalFolder } from './localFolder.ts';

/** The database of the local namespace “KV”, accessed as by another program. */
export function localDatabase(local: () => LocalFolder) {
  const files = () => local().source.state.filesOf('KV');
  const within = <T>(use: (database: DatabaseSync) => T): T => {
    const database = new DatabaseSync(files().database);
    try {
      return use(database);
    } finally {
      database.close();
    }
  };
  return {
    files,
    edit: (sql: string, ...values: (string | number | null)[]): void =>
      within((database) => void database.prepare(sql).run(...values)),
    /** File names of the values, by key. */
    rows: (): Readonly<Record<string, string>> =>
      within((database) => {
        const all = database.prepare('SELECT key, blob_id FROM _mf_entries ORDER BY key').all();
        return Object.fromEntries(all.map((row) => [String(row.key), String(row.blob_id)]));
      }),
  };
}
