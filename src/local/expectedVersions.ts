import { sameBytes } from '../core/entry/entry.ts';
import { aboutText } from '../core/entry/entryDigest.ts';
import { versionOf } from '../core/entry/version.ts';
import type { Expectation } from '../core/store/store.ts';
import { entryOf } from './entryOf.ts';
import type { SqliteClient } from './sqlite/client.ts';
import type { Expected, NamespaceFiles } from './sqlite/protocol.ts';

/** A version that no entry has. */
const NEVER = '';

/**
 * The versions that a write relies on. An entry that was not read from SQLite has no version, so it is compared with
 * the entry that is there now: if both are equal in content, the version of that one counts. Rejects as a read does.
 */
export async function expectedVersions(
  client: SqliteClient,
  files: NamespaceFiles,
  keys: readonly string[],
  expected: Expectation,
): Promise<readonly Expected[]> {
  const versions = keys.map((key): Expected => {
    const entry = expected.entry(key);
    return entry === undefined ? null : versionOf(entry);
  });
  const unknown = keys.filter((_, index) => versions[index] === undefined);
  if (unknown.length === 0) return versions;
  const found = await equalOnes(client, files, unknown, expected);
  return versions.map((version, index) => (version === undefined ? (found.get(keys[index] ?? '') ?? NEVER) : version));
}

async function equalOnes(
  client: SqliteClient,
  files: NamespaceFiles,
  keys: readonly string[],
  expected: Expectation,
): Promise<ReadonlyMap<string, Expected>> {
  const found = new Map<string, Expected>();
  for (let start = 0; start < keys.length; ) {
    const asked = keys.slice(start, start + 250);
    const { entries, consumed } = await client.request('read', { files, keys: asked });
    for (const row of entries) {
      const key = asked[row.index] ?? '';
      const now = entryOf(key, row);
      const before = expected.entry(key);
      const isSame = before && sameBytes(before.value, now.value) && aboutText(before) === aboutText(now);
      if (isSame) found.set(key, row.version);
    }
    start += consumed;
  }
  return found;
}
