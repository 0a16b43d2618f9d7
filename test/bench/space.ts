import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { Space, SpaceQuery } from '../../src/core/space/space.ts';
import { newBlobId } from '../../src/local/sqlite/blobs.ts';
import type { NamespaceFiles } from '../../src/local/sqlite/protocol.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';
import { root } from '../vscodeHost/paths.ts';
import { type Bench, median, ms, timed } from './figure.ts';
import { memoryFolder } from './memoryFolder.ts';
import { buildShipped } from './shipped.ts';

const KEYS = 1_000_000;
const RUNS = 3;
/** As it is shipped: nobody waits there for types to be taken out of it. */
const workerPath = join(root, 'dist', 'spaceWorker.cjs');

/** Rows and files as Miniflare makes them; values are holes, as nothing reads them. */
async function fill({ source }: LocalFolder): Promise<void> {
  const { database, blobs } = source.state.filesOf('MANY');
  await source.store('MANY').put({ key: 'first', value: new Uint8Array(1) });
  mkdirSync(blobs, { recursive: true });
  const rows = new DatabaseSync(database);
  rows.exec('PRAGMA synchronous = OFF; BEGIN');
  const insert = rows.prepare('INSERT INTO _mf_entries (key, blob_id, expiration, metadata) VALUES (?, ?, ?, ?)');
  for (let i = 1; i < KEYS; i++) {
    const blob = newBlobId();
    const file = openSync(join(blobs, blob), 'wx');
    ftruncateSync(file, i % 10_000);
    closeSync(file);
    const expiration = i % 3 === 0 ? Date.now() + 1000 * (3600 + i) : null;
    insert.run(`user:${i % 997}:${i}`, blob, expiration, i % 2 === 0 ? `{"version":${i}}` : null);
  }
  rows.exec('COMMIT');
  rows.close();
}

/** Sums up the sizes of the files of a folder, given by their names, and of nothing else; prints how long that took. */
const BARE = `
  const { lstatSync, readdirSync } = require('node:fs');
  const [first, of] = process.argv.slice(1).map(Number);
  const names = readdirSync('.').filter((_, at) => at % of === first);
  const start = performance.now();
  for (const name of names) lstatSync(name, { throwIfNoEntry: false });
  console.log(performance.now() - start);
`;

/** What the system alone takes for the size of each file, shared by as many processes as add up. */
async function bareSizes({ blobs }: NamespaceFiles): Promise<number> {
  const of = Math.min(4, availableParallelism());
  const execute = promisify(execFile);
  const runs = Array.from({ length: of }, (_, first) =>
    execute(process.execPath, ['-e', BARE, String(first), String(of)], { cwd: blobs }),
  );
  return Math.max(...(await Promise.all(runs)).map(({ stdout }) => Number(stdout)));
}

/** All numbers of a large local namespace, and how long the thread that asks for them is held by that. */
export const space: Bench = async () => {
  const local = localFolder({}, memoryFolder);
  try {
    await buildShipped();
    await fill(local);
    const files = local.source.state.filesOf('MANY');
    const bare: number[] = [];
    const query: SpaceQuery = { prefix: '', delimiters: [':', '/'], now: Math.floor(Date.now() / 1000) };
    const runs: { ms: number; busy: number; reports: number }[] = [];
    for (let run = 0; run < RUNS; run++) {
      let reports = 0;
      // Its own time: with a core for each other thread, it waits for one of them now and then.
      const before = process.threadCpuUsage();
      const { ms: took, result } = await timed<Space>(() =>
        local.source.space('MANY', query, { report: () => reports++, workerPath }),
      );
      const { user, system } = process.threadCpuUsage(before);
      const busy = (user + system) / 1000;
      assert.deepEqual([result.keys, result.withoutValue, result.groups[0]?.prefix], [KEYS, 0, 'user:']);
      runs.push({ ms: took, busy, reports });
      bare.push(await bareSizes(files));
    }
    const [best] = runs.toSorted((a, b) => a.ms - b.ms);
    assert.ok(best);
    const system = median(bare);
    return [
      {
        work: 'space of 1,000,000 local keys: groups, sizes, expirations',
        mustReach: 'under 3 s, and the host busy for less than 100 ms of it',
        measured: `${ms(best.ms)} (${runs.map((run) => ms(run.ms)).join(', ')}), host busy for ${ms(best.busy)}; the system alone takes ${ms(system)} for the sizes of the files`,
        ok: best.ms < 3000 && best.busy < 100,
        numbers: { ms: best.ms, systemMs: system, busyMs: best.busy, reports: best.reports },
      },
    ];
  } finally {
    local.dispose();
  }
};
