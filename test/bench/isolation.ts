import assert from 'node:assert/strict';
import type { KvEntry, KvKeyInfo } from '../../src/core/entry/entry.ts';
import { matcherOf } from '../../src/core/search/matcherOf.ts';
import { searchValues } from '../../src/core/search/search.ts';
import { Handles } from '../../src/local/sqlite/handles.ts';
import { writtenSince } from '../../src/local/sqlite/read.ts';
import { loadSqlite } from '../../src/local/sqlite/sqlite.ts';
import { ExpirationClock } from '../../src/tree/expirationClock.ts';
import type { KeyNode } from '../../src/tree/nodes.ts';
import { PacedChanges } from '../../src/tree/pacedChanges.ts';
import { removeRows } from '../../src/tree/removeRows.ts';
import { parseWranglerConfig } from '../../src/wrangler/readConfig.ts';
import { localFolder } from '../support/localFolder.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { keyNode, namespaceNode } from '../support/treeNodes.ts';
import { blocked, MOST_BLOCKED } from './blocked.ts';
import { type Bench, type Figure, medianOf, ms, timed } from './figure.ts';
import { memoryFolder } from './memoryFolder.ts';

const pause = (time: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, time));
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

const cpuMs = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

/** Rows of one level, read from a store in memory. */
async function rowsOf(count: number, expiration: (i: number) => number | undefined) {
  const keys = Array.from({ length: count }, (_, i): KvKeyInfo => {
    const end = expiration(i);
    return { name: `key-${String(i).padStart(6, '0')}`, ...(end !== undefined && { expiration: end }) };
  });
  class Made extends MemoryStore {
    override async list({ cursor }: { readonly cursor?: string }) {
      const from = Number(cursor ?? 0);
      const page = keys.slice(from, from + 1000);
      return { keys: page, ...(from + 1000 < count && { cursor: String(from + 1000) }) };
    }
  }
  const node = namespaceNode(new Made());
  await node.level.all();
  return node;
}

const ROWS = 20_000;

async function expireTogether(): Promise<Figure> {
  const node = await rowsOf(ROWS, () => nowSeconds() - 1);
  let allMs = 0;
  const worst = await blocked(async () => {
    const clock = new ExpirationClock({
      expiring: () => node.level.rows as readonly KeyNode[],
      changed: () => {},
      expired: (nodes) => removeRows(nodes),
    });
    ({ ms: allMs } = await timed(async () => clock.setVisible(true)));
    clock.dispose();
  });
  assert.equal(node.level.rows.length, 0);
  const blockedMs = Math.max(worst, allMs);
  return {
    work: '20,000 rows expire together',
    mustReach: 'host blocked under 50 ms at a time, under 200 ms in all',
    measured: `${ms(blockedMs)} at a time, ${ms(allMs)} in all`,
    ok: blockedMs < MOST_BLOCKED && allMs < 200,
    numbers: { blockedMs, allMs },
  };
}

/** What drawing a row costs VS Code, in milliseconds, with what it compares: measured in it with 100 at a time. */
const DRAW_MS = 0.05;
const LOOKED_AT_MS = 10_000;

async function countSeconds(): Promise<Figure> {
  const parent = namespaceNode(new MemoryStore());
  const end = nowSeconds() + 50;
  const rows = Array.from({ length: 5000 }, (_, i) => keyNode(parent, { name: `k${i}`, expiration: end }));
  let drawn = 0;
  const clock = new ExpirationClock({
    expiring: () => rows,
    changed: (nodes) => {
      drawn += nodes.length;
    },
    expired: () => {},
  });
  clock.setVisible(true);
  // The first seconds word them anew: what is measured is what goes on.
  await pause(15_000);
  drawn = 0;
  const before = process.cpuUsage();
  await pause(LOOKED_AT_MS);
  const share = (cpuMs(before) + drawn * DRAW_MS) / LOOKED_AT_MS;
  clock.dispose();
  return {
    work: '5,000 visible rows in their last minute',
    mustReach: "under 2 % of the host's time",
    measured: `${(share * 100).toFixed(1)} %, ${drawn} rows drawn in ${ms(LOOKED_AT_MS)}`,
    ok: share < 0.02,
    numbers: { share, drawn },
  };
}

async function besideWorker(): Promise<Figure> {
  const local = localFolder({}, memoryFolder);
  const store = local.source.store('KV');
  try {
    const entries = Array.from({ length: ROWS }, (_, i): KvEntry => ({ key: `key-${i}`, value: new Uint8Array(1) }));
    await store.putMany(entries);
    const node = namespaceNode(store);
    await node.level.all();
    let reads = 0;
    const changes = new PacedChanges({
      apply: async () => {
        reads++;
        await node.level.refresh();
      },
      report: (error) => console.error(error),
    });
    const before = process.cpuUsage();
    for (let at = 0; at < 5000; at += 50) {
      changes.add({ source: 'local', namespace: 'KV', written: ['key-1'] });
      await pause(50);
    }
    const cpuS = cpuMs(before) / 1000;
    changes.dispose();
    return {
      work: '20,000 rows expanded, a Worker writing every 50 ms, for 5 s',
      mustReach: 'under 0.25 CPU s',
      measured: `${cpuS.toFixed(2)} CPU s, listed ${reads} times`,
      ok: cpuS < 0.25,
      numbers: { cpuS, reads },
    };
  } finally {
    local.dispose();
  }
}

const MANY_ROWS = 250_000;

async function lookAfterWrite(): Promise<Figure> {
  const local = localFolder({}, memoryFolder);
  try {
    await loadSqlite();
    const store = local.source.store('KV');
    await store.put({ key: 'first', value: new Uint8Array(1) });
    const { database } = local.source.state.filesOf('KV');
    const { DatabaseSync } = await import('node:sqlite');
    const made = new DatabaseSync(database);
    made.exec(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY_ROWS})
      INSERT INTO _mf_entries (key, blob_id) SELECT 'key-' || i, printf('%064x%016x', i, 1000) FROM n`);
    made.close();
    const since = Date.now() - 1000;
    await store.put({ key: 'newest', value: new Uint8Array(1) });
    const handles = new Handles();
    const lookMs = await medianOf(20, async () =>
      assert.deepEqual(writtenSince(handles, { database, since }).slice(0, 1), ['newest']),
    );
    handles.drop(database);
    return {
      work: "a look after a Worker's write at 250,000 rows",
      mustReach: 'under 5 ms',
      measured: ms(lookMs),
      ok: lookMs < 5,
      numbers: { lookMs },
    };
  } finally {
    local.dispose();
  }
}

async function largeConfig(): Promise<Figure> {
  const parts: string[] = [];
  for (let i = 0, length = 0; length < 334_000; i++) {
    const part = `[[env.e${i % 20}.kv_namespaces]]\nbinding = "KV_${i}"\nid = "${String(i).padStart(32, '0')}"\n\n`;
    length += part.length;
    parts.push(part);
  }
  const text = parts.join('');
  const readMs = await medianOf(5, async () =>
    assert.equal((await parseWranglerConfig('/shop/wrangler.toml', text)).bindings.length, parts.length),
  );
  return {
    work: 'wrangler.toml of 334 kB',
    mustReach: 'under 100 ms',
    measured: ms(readMs),
    ok: readMs < 100,
    numbers: { readMs },
  };
}

async function searchLarge(): Promise<Figure> {
  const store = new MemoryStore();
  await store.put({ key: 'large', value: Buffer.from('0123456\n'.repeat((25 * 1024 * 1024) / 8 - 1)) });
  const matcher = matcherOf({ text: 'needle' });
  try {
    let searchMs = 0;
    const worst = await blocked(async () => {
      ({ ms: searchMs } = await timed(async () => {
        for await (const { matches } of searchValues(store, undefined, matcher)) assert.equal(matches.length, 0);
      }));
    });
    return {
      work: 'text search in 25 MiB of short lines',
      mustReach: "off the host's thread: blocked under 50 ms at a time",
      measured: `${ms(worst)}, found after ${ms(searchMs)}`,
      ok: worst < MOST_BLOCKED,
      numbers: { blockedMs: worst, searchMs },
    };
  } finally {
    matcher.dispose();
  }
}

/** What is large or busy keeps the host free. Our part alone: what VS Code does with the rows comes on top. */
export const isolation: Bench = async () => [
  await expireTogether(),
  await countSeconds(),
  await besideWorker(),
  await lookAfterWrite(),
  await largeConfig(),
  await searchLarge(),
];
