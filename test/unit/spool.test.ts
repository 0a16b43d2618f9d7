import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { isKvError } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { EntrySource } from '../../src/core/store/entrySource.ts';
import { removeLeftSpools } from '../../src/core/transfer/leftSpools.ts';
import { withSpool } from '../../src/core/transfer/spool.ts';

const entries: readonly KvEntry[] = ['a', 'b'].map((key) => ({ key, value: new Uint8Array([0xff, 0]), metadata: key }));
const source: EntrySource = async function* () {
  yield* entries;
};

async function collect(all: AsyncIterable<KvEntry>): Promise<KvEntry[]> {
  const collected: KvEntry[] = [];
  for await (const entry of all) collected.push(entry);
  return collected;
}

describe('entries that are kept to be read again', () => {
  const before = process.env.TMPDIR;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kv-spooling-'));
    process.env.TMPDIR = folder;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    await rm(folder, { recursive: true, force: true });
  });

  it('are the same, from one reading, and leave nothing behind', async () => {
    let readings = 0;
    const counted: EntrySource = (signal) => {
      readings++;
      return source(signal);
    };
    await withSpool(counted, async (kept) => {
      assert.deepEqual([await collect(kept(undefined)), await collect(kept(undefined))], [entries, entries]);
    });
    assert.deepEqual([readings, await readdir(folder)], [1, []]);
  });

  it('say so where they cannot be kept, or are there no more', async () => {
    const isNotKept = (error: unknown): boolean => isKvError(error, 'server') && error.message.includes(folder);
    await assert.rejects(
      withSpool(source, async (kept) => {
        await collect(kept(undefined));
        const [name = ''] = await readdir(folder);
        await writeFile(join(folder, name, 'entries.ndjson'), '{"key":"a"');
        await collect(kept(undefined));
      }),
      isNotKept,
    );
    await rm(folder, { recursive: true });
    await assert.rejects(
      withSpool(source, (kept) => collect(kept(undefined))),
      isNotKept,
    );
  });

  it('of a process that broke down is removed, and of one that lives is not', async () => {
    // No process has this id: it is beyond the largest that Linux, macOS and Windows give out.
    const dead = join(folder, 'kv-spool-4194999-abc');
    const alive = join(folder, `kv-spool-${process.pid}-abc`);
    const other = join(folder, 'kv-spool-of-somebody');
    for (const path of [dead, alive, other]) await mkdir(path);
    await writeFile(join(dead, 'entries.ndjson'), '{}');
    await removeLeftSpools(folder);
    assert.deepEqual((await readdir(folder)).sort(), [alive, other].map((path) => basename(path)).sort());
  });
});
