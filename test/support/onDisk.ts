import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { KvStore } from '../../src/core/store/store.ts';
import { SqliteClient } from '../../src/local/sqlite/client.ts';
import { SqliteStore } from '../../src/local/sqliteStore.ts';
import { SqliteWriter } from '../../src/local/sqliteWriter.ts';
import { StateFolder } from '../../src/local/stateFolder.ts';
import type { NamespaceRecord } from './cloudflare/namespaces.ts';
import { RealKeys } from './cloudflare/realKeys.ts';

const client = new SqliteClient();

/**
 * A namespace of the test server, read from disk: this takes a hundredth of the time that requests for each key take.
 * It can be written only before anything has asked the server for a key.
 */
export function onDisk({ keys }: NamespaceRecord): KvStore {
  assert.ok(keys instanceof RealKeys);
  const { state, id } = keys.place;
  mkdirSync(join(state, 'kv', 'miniflare-KVNamespaceObject'), { recursive: true });
  const files = new StateFolder(state).filesOf(id);
  const locate = async () => files;
  return new SqliteStore({ client, locate, writer: new SqliteWriter(client, locate) });
}
