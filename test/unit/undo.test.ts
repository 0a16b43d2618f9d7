import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { isKvError, KvError } from '../../src/core/base/errors.ts';
import { BackupStore } from '../../src/core/change/undo/backup.ts';
import type { BackupLine, BackupSubject } from '../../src/core/change/undo/backupFormat.ts';
import type { EarlierStart } from '../../src/core/change/undo/earlierBackup.ts';
import { restore } from '../../src/core/change/undo/restore.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { type EntryState, entryDigest } from '../../src/core/entry/entryDigest.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const DAY = 86_400_000;
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const subject: BackupSubject = { kind: 'delete', source: 'local-1', namespace: 'ns', label: 'Deleted 2 keys' };

describe('entry digest', () => {
  const value = bytes('v');

  it('tells states apart, and no state from any', () => {
    const states: (EntryState | undefined)[] = [
      undefined,
      { value },
      { value: bytes('') },
      { value: bytes('w') },
      { value, metadata: 0 },
      { value, metadata: '' },
      { value, metadata: {} },
      { value, metadata: [] },
      { value, metadata: { a: 1 } },
      { value, metadata: [['a', 1]] },
      { value, metadata: ['{', ['a', 1]] },
      { value, expiration: 1 },
      { value, metadata: 1, expiration: 1 },
    ];
    assert.equal(new Set(states.map(entryDigest)).size, states.length);
  });

  it('does not see the order of names or a null at the top', () => {
    const a = { value, metadata: { b: { y: 1, x: 2 }, 10: 1, 9: 2 } };
    const b = { value, metadata: { 9: 2, 10: 1, b: { x: 2, y: 1 } } };
    assert.equal(entryDigest(a), entryDigest(b));
    assert.equal(entryDigest({ value, metadata: null }), entryDigest({ value }));
  });
});

describe('backups for undo', () => {
  let root: string;
  let folder: string;
  let now: number;
  const options = { days: 7, megabytes: 100, clock: () => now };
  let backups: BackupStore;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'kv-undo-'));
    folder = join(root, 'storage', 'undo');
    now = Date.UTC(2026, 10, 21);
    options.days = 7;
    options.megabytes = 100;
    backups = new BackupStore(folder, options);
  });
  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  const make = async (
    lines: readonly BackupLine[],
    about: BackupSubject = subject,
    start?: EarlierStart,
  ): Promise<string> => {
    now += 1000;
    const writer = await backups.begin(about, start);
    for (const line of lines) await writer.add(line);
    await writer.commit();
    return writer.id;
  };
  const read = async (id: string): Promise<BackupLine[]> => {
    const lines: BackupLine[] = [];
    for await (const line of backups.read(id)) lines.push(line);
    return lines;
  };
  const sized = (kilobytes: number): BackupLine[] => [{ key: 'k', before: { value: new Uint8Array(kilobytes * 750) } }];
  const ids = async (): Promise<string[]> => (await backups.list()).map(({ id }) => id);

  it('reads back every byte, metadata and expiration', async () => {
    const lines: BackupLine[] = [
      { key: 'a', before: { value: Uint8Array.of(0, 255, 10, 13), metadata: { by: 'anna' }, expiration: 5 } },
      { key: 'line\u2028separator\u0085\n', before: { value: bytes(''), metadata: 0 }, after: 'digest' },
      { key: 'added 🦊', after: 'x' },
      { key: 'big', before: { value: new Uint8Array(3_000_000).fill(7) } },
    ];
    const id = await make(lines);
    assert.deepEqual(await read(id), lines);
  });

  it('reads back any line', async () => {
    const line = fc.record(
      {
        key: fc.string({ unit: 'binary' }),
        before: fc.record(
          { value: fc.uint8Array(), metadata: fc.constantFrom(1, '', false, [], { a: null }), expiration: fc.nat() },
          { requiredKeys: ['value'], noNullPrototype: true },
        ),
        after: fc.string(),
      },
      { requiredKeys: ['key'], noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line), async (lines) => {
        assert.deepEqual(await read(await make(lines)), lines);
      }),
      { numRuns: 20 },
    );
  });

  it('lists newest first, with numbers', async () => {
    assert.deepEqual(await backups.list(), []);
    assert.equal(await backups.newest(), undefined);
    const first = await make([{ key: 'a' }, { key: 'b' }]);
    const second = await make([{ key: 'c' }], { ...subject, kind: 'import', label: 'Imported 1 key' });
    const [newest, oldest] = await backups.list();
    assert.deepEqual(newest, {
      version: 1,
      id: second,
      at: now,
      kind: 'import',
      source: 'local-1',
      namespace: 'ns',
      label: 'Imported 1 key',
      keys: 1,
      bytes: newest?.bytes,
    });
    assert.ok(newest && newest.bytes > 100);
    assert.deepEqual([oldest?.id, oldest?.keys], [first, 2]);
    assert.equal((await backups.newest())?.id, second);
  });

  it('is for the owner alone', async function () {
    if (process.platform === 'win32') this.skip();
    await make([{ key: 'a' }]);
    const [name = ''] = await readdir(folder);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
  });

  it('shows nothing before the commit and leaves nothing after abandoning', async () => {
    const writer = await backups.begin(subject);
    await writer.add({ key: 'a', before: { value: new Uint8Array(2_000_000) } });
    assert.deepEqual(await backups.list(), []);
    await writer.abandon();
    await writer.abandon();
    assert.deepEqual(await readdir(folder), []);
    const committed = await backups.begin(subject);
    await committed.commit();
    await committed.abandon();
    assert.equal((await backups.list()).length, 1);
  });

  it('refuses a backup that alone exceeds the cap, before anything was changed', async () => {
    options.megabytes = 1;
    const kept = await make(sized(900));
    const writer = await backups.begin(subject);
    await writer.add({ key: 'a', before: { value: new Uint8Array(700_000) } });
    assert.ok(writer.bytes > 900_000);
    await assert.rejects(
      writer.add({ key: 'b', before: { value: new Uint8Array(700_000) } }),
      (error) => isKvError(error, 'tooLarge') && /Nothing was changed.*1 MB/.test(error.message),
    );
    assert.deepEqual(await ids(), [kept]);
    assert.equal((await readdir(folder)).length, 1);
    options.megabytes = 0;
    await assert.rejects((await backups.begin(subject)).add({ key: 'a' }), (error) => isKvError(error, 'tooLarge'));
  });

  it('removes the oldest beyond the total size', async () => {
    options.megabytes = 1;
    await make(sized(400));
    const second = await make(sized(400));
    const third = await make(sized(400));
    assert.deepEqual(await ids(), [third, second]);
    const large = await make(sized(990));
    assert.deepEqual(await ids(), [large]);
  });

  it('removes what is too old', async () => {
    const old = await make([{ key: 'a' }]);
    now += 6 * DAY;
    const young = await make([{ key: 'b' }]);
    assert.deepEqual(await ids(), [young, old]);
    now += 2 * DAY;
    assert.deepEqual(await ids(), [young]);
    await assert.rejects(read(old), (error) => isKvError(error, 'notFound'));
    assert.equal((await readdir(folder)).length, 2);
    await backups.tidy();
    assert.equal((await readdir(folder)).length, 1);
  });

  it('is put back once at a time', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = backups.whileUsed('id', () => promise);
    await assert.rejects(
      backups.whileUsed('id', async () => {}),
      (error) => isKvError(error, 'busy'),
    );
    resolve();
    await first;
    assert.equal(await backups.whileUsed('id', async () => 1), 1);
  });

  it('removes by id and all at once, and nothing that is not its own', async () => {
    const first = await make([{ key: 'a' }]);
    const second = await make([{ key: 'b' }]);
    await writeFile(join(folder, 'other.txt'), '');
    await backups.remove(first);
    await backups.remove('../other.txt');
    await backups.remove('nothing');
    assert.deepEqual(await ids(), [second]);
    const writer = await backups.begin(subject);
    await backups.clear();
    assert.deepEqual(await readdir(folder), ['other.txt']);
    await assert.rejects(
      writer.commit(),
      (error) => isKvError(error, 'server') && /Nothing was changed/.test(error.message),
    );
  });

  it('forgets the backups of a source, those that are being written too', async () => {
    const account = { ...subject, source: 'account-1' };
    await make([{ key: 'a' }], account);
    await make(sized(2000), account);
    const kept = await make([{ key: 'b' }]);
    await writeFile(join(folder, '20261121000000-aaaaaaaaaaaa.1.ndjson'), 'rubbish\n');
    now += 1000;
    const [going, staying] = [await backups.begin(account), await backups.begin(subject)];
    await backups.forget((source) => source === 'account-1');
    assert.deepEqual(await ids(), [kept]);
    assert.equal((await readdir(folder)).length, 3);
    await assert.rejects(going.commit(), (error) => isKvError(error, 'server'));
    await staying.commit();
    assert.deepEqual(await ids(), [staying.id, kept]);
  });

  it('clears away what a crash left', async () => {
    const writer = await backups.begin(subject);
    await writer.add({ key: 'a' });
    now += 2 * DAY;
    await make([{ key: 'b' }]);
    assert.equal((await readdir(folder)).length, 1);
    await writer.abandon();
  });

  it('leaves out files that are no backups and tells of a damaged one', async () => {
    const id = await make([{ key: 'a' }, { key: 'b' }]);
    const [name = ''] = await readdir(folder);
    await writeFile(join(folder, '20261121000000-aaaaaaaaaaaa.1.ndjson'), 'rubbish\n');
    await writeFile(join(folder, '20261121000000-bbbbbbbbbbbb.1.ndjson'), '{"version": 2}\n');
    await writeFile(join(folder, '20261121000000-cccccccccccc.1.ndjson'), '');
    assert.deepEqual(await ids(), [id]);
    assert.equal((await backups.newest())?.id, id);
    const text = await readFile(join(folder, name), 'utf8');
    for (const damaged of ['{"key":"b', '']) {
      await writeFile(join(folder, name), text.replace('{"key":"b"}\n', damaged));
      const seen: string[] = [];
      await assert.rejects(
        async () => {
          for await (const { key } of backups.read(id)) seen.push(key);
        },
        (error) => isKvError(error, 'server') && /damaged/.test(error.message),
      );
      assert.deepEqual(seen, ['a']);
    }
  });

  describe('of work that is taken up again', () => {
    const state = (text: string): EntryState => ({ value: bytes(text) });
    const digest = (text: string): string => entryDigest(state(text)) ?? '';
    /** What the first start of the work finds, and makes of it. */
    const first: readonly BackupLine[] = [
      { key: 'written', before: state('old'), after: digest('new') },
      { key: 'added', after: digest('new') },
      { key: 'removed', before: state('old') },
      { key: 'open', before: state('old'), after: digest('new') },
    ];

    it('take in what its earlier starts found, and stand in for their backups', async () => {
      const one = await make(first);
      const between = await make([{ key: 'other' }]);
      const two = await make([{ key: 'open', before: state('old'), after: digest('new') }], subject, {
        undo: one,
        done: 3,
      });
      assert.deepEqual(await ids(), [two, between]);
      assert.equal((await readdir(folder)).length, 2);
      assert.deepEqual(await read(two), first);
      const three = await make([{ key: 'later', after: digest('new') }], subject, { undo: two, done: 4 });
      assert.deepEqual(await read(three), [{ key: 'later', after: digest('new') }, ...first]);
      for (const id of [one, two, three]) {
        const { continues, isRest, keys } = (await backups.find(id)) ?? {};
        assert.deepEqual({ continues, isRest, keys }, { continues: [one, two], isRest: undefined, keys: 5 });
      }
      assert.equal((await backups.newest())?.id, three);
      // After a question that was dismissed, the notes still name an earlier one.
      const lines = await read(three);
      assert.deepEqual(await read(await make([], subject, { undo: one, done: 3 })), lines);
    });

    it('know what the work itself made of a key from what somebody else did', async () => {
      const one = await make(first);
      const changed: BackupLine = { key: 'open', before: state('theirs'), after: digest('new') };
      const two = await make(
        [
          // Its lifetime counts from a later time, or the file was changed.
          { key: 'written', before: state('new'), after: digest('newer') },
          { key: 'added', before: state('new') },
          { key: 'removed', after: digest('newer') },
          changed,
        ],
        subject,
        { undo: one, done: 3 },
      );
      assert.deepEqual(await read(two), [
        { ...changed, isForeign: true },
        { key: 'written', before: state('old'), after: digest('newer'), earlier: [digest('new')] },
        // Gone, as it was before the work.
        { key: 'added', after: digest('new') },
        { key: 'removed', before: state('old'), after: digest('newer'), earlier: [null] },
      ]);
    });

    it('leave the earlier one alone until they are whole, and where both are too large', async () => {
      options.megabytes = 1;
      const one = await make(sized(900));
      const start = { undo: one, done: 1 };
      const abandoned = await backups.begin(subject, start);
      await abandoned.abandon();
      assert.deepEqual(await ids(), [one]);
      const writer = await backups.begin(subject, start);
      await writer.add({ key: 'other', before: { value: new Uint8Array(200_000) } });
      await assert.rejects(writer.commit(), (error) => isKvError(error, 'tooLarge'));
      assert.deepEqual(await ids(), [one]);
      const { length } = await read(await make([], subject, start));
      assert.equal(length, 1);
    });

    it('say so when what was written before is not in them', async () => {
      const one = await make(first);
      await backups.remove(one);
      const starts: readonly (EarlierStart & { readonly isRest?: true })[] = [
        { undo: one, done: 3, isRest: true },
        { done: 3, isRest: true },
        { undo: one, done: 0 },
      ];
      for (const { isRest, ...start } of starts) {
        const id = await make([{ key: 'open' }], subject, start);
        const found = await backups.find(id);
        assert.deepEqual([found?.isRest, found?.continues], [isRest, undefined]);
        const next = await backups.find(await make([{ key: 'later' }], subject, { undo: id, done: 4 }));
        assert.deepEqual([next?.isRest, next?.continues, next?.keys], [isRest, [id], 2]);
      }
    });
  });

  it('says that nothing was changed when it cannot write', async () => {
    await writeFile(join(root, 'storage'), 'a file in the way');
    await assert.rejects(
      backups.begin(subject),
      (error) => isKvError(error, 'server') && /Nothing was changed/.test(error.message),
    );
  });
});

describe('restoring', () => {
  const now = 1_800_000_000;
  let store: MemoryStore;
  beforeEach(() => {
    store = new MemoryStore({ now: () => now });
  });
  const entry = (key: string, text = key, rest: Partial<KvEntry> = {}): KvEntry => ({
    key,
    value: bytes(text),
    ...rest,
  });
  const backup = async function* (lines: readonly BackupLine[]): AsyncGenerator<BackupLine> {
    yield* lines;
  };
  /** The line that an operation leaves for a key, from the entry before to the one after. */
  const line = (key: string, before?: KvEntry, after?: KvEntry): BackupLine => {
    const digest = entryDigest(after);
    const { key: _, ...state } = before ?? entry(key);
    return { key, ...(before && { before: state }), ...(digest !== undefined && { after: digest }) };
  };
  const run = (lines: readonly BackupLine[], rest = {}) => restore(backup(lines), store, { now: () => now, ...rest });

  it('takes a delete, an overwrite and an addition back', async () => {
    const a = entry('a', 'A', { metadata: { x: [1] }, expiration: now + 100 });
    const b = entry('b', 'B', { metadata: 0 });
    await store.put(entry('b', 'new'));
    await store.put(entry('c', 'added'));
    await store.put(entry('d', 'untouched'));
    const outcome = await run([
      line('a', a),
      line('b', b, entry('b', 'new')),
      line('c', undefined, entry('c', 'added')),
    ]);
    assert.deepEqual(outcome, {
      done: 3,
      removed: 1,
      skipped: 0,
      failed: [],
      cancelled: false,
      expired: [],
      changed: [],
    });
    assert.deepEqual(store.entries, [a, b, entry('d', 'untouched')]);
  });

  it('names what expired and never writes it without its end', async () => {
    const lines = [
      line('gone', entry('gone', 'x', { expiration: now - 1 })),
      line('short', entry('short', 'x', { expiration: now + 59 })),
      line('long', entry('long', 'x', { expiration: now + 60 })),
    ];
    const outcome = await run(lines);
    assert.deepEqual(outcome.expired, ['gone', 'short']);
    assert.deepEqual(
      outcome.failed.map(({ key, error }) => [key, error.kind]),
      [
        ['gone', 'invalidInput'],
        ['short', 'invalidInput'],
      ],
    );
    assert.deepEqual(
      store.entries.map(({ key, expiration }) => [key, expiration]),
      [['long', now + 60]],
    );
  });

  it('leaves alone what was changed since: value, metadata, expiration, made again, deleted', async () => {
    await store.put(entry('value', 'mine'));
    await store.put(entry('metadata', 'after', { metadata: 2 }));
    await store.put(entry('expiration', 'after', { expiration: now + 500 }));
    await store.put(entry('again', 'mine'));
    const lines = [
      line('value', entry('value', 'before'), entry('value', 'after')),
      line('metadata', entry('metadata', 'before'), entry('metadata', 'after', { metadata: 1 })),
      line('expiration', entry('expiration', 'before'), entry('expiration', 'after')),
      line('again', entry('again', 'before')),
      line('deleted', entry('deleted', 'before'), entry('deleted', 'after')),
      line('added', undefined, entry('added', 'after')),
    ];
    const before = store.entries;
    const outcome = await run(lines);
    assert.deepEqual(outcome.changed, ['value', 'metadata', 'expiration', 'again', 'deleted']);
    assert.ok(
      outcome.failed.every(({ key, error }) => error.kind === 'conflict' && error.message.includes(`“${key}”`)),
    );
    assert.equal(outcome.skipped, 1);
    assert.deepEqual(store.entries, before);
  });

  it('knows every state that the starts of one work may have left', async () => {
    const lines = ['now', 'earlier', 'gone', 'theirs'].map((key) => ({
      ...line(key, entry(key, 'before'), entry(key, 'after')),
      earlier: [entryDigest(entry(key, 'earlier')) ?? '', null],
    }));
    await store.put(entry('now', 'after'));
    await store.put(entry('earlier', 'earlier'));
    await store.put(entry('theirs', 'theirs'));
    const { done, changed } = await run(lines);
    assert.deepEqual([done, changed], [3, ['theirs']]);
  });

  it('gives back what somebody wrote between two starts, and names it', async () => {
    const foreign = (key: string, before?: KvEntry): BackupLine => ({
      ...line(key, before, entry(key, 'after')),
      isForeign: true,
    });
    for (const key of ['a', 'b', 'c', 'd']) await store.put(entry(key, 'after'));
    await store.put(entry('same', 'theirs'));
    const lines = [
      line('a', entry('a'), entry('a', 'after')),
      line('b', undefined, entry('b', 'after')),
      foreign('c', entry('c', 'theirs')),
      foreign('d'),
      foreign('same', entry('same', 'theirs')),
    ];
    for (const [done, removed, skipped] of [
      [2, 1, 0],
      [0, 0, 2],
    ]) {
      const outcome = await run(lines);
      assert.deepEqual([outcome.done, outcome.removed, outcome.skipped], [done, removed, skipped]);
      assert.deepEqual(outcome.changed.toSorted(), ['c', 'd', 'same']);
      assert.equal(outcome.failed.length, 3);
      assert.deepEqual(store.entries, [entry('a'), entry('c', 'theirs'), entry('same', 'theirs')]);
    }
  });

  it('writes what seems to be as it was, where that may be an old reading, but for what would soon end', async () => {
    const lines = [
      line('old', entry('old'), entry('old', 'new')),
      line('made', undefined, entry('made')),
      line('same', entry('same'), entry('same')),
      line('short', entry('short', 'before', { expiration: now + 30 }), entry('short', 'after')),
    ];
    const early = new MemoryStore({ now: () => now - 60 });
    for (const { key, before } of lines) if (before) await early.put({ key, ...before });
    const [puts, deletes]: string[][] = [[], []];
    early.intercept = (call, key) => {
      if (call === 'put') puts?.push(key);
      if (call === 'delete') deletes?.push(key);
    };
    const outcome = await restore(backup(lines), early, { now: () => now, mayBeStale: true });
    assert.deepEqual([outcome.done, outcome.skipped, outcome.failed, puts, deletes], [0, 4, [], ['old'], ['made']]);
  });

  it('does nothing the second time', async () => {
    const lines = [line('a', entry('a')), line('b', entry('b', 'B'), entry('b', 'new'))];
    await store.put(entry('b', 'new'));
    assert.equal((await run(lines)).done, 2);
    const again = await run(lines);
    assert.deepEqual([again.done, again.skipped, again.failed.length], [0, 2, 0]);
  });

  it('works in batches over thousands of keys, reports, and can be cancelled between them', async () => {
    const lines = Array.from({ length: 3200 }, (_, index) => line(`k${index}`, entry(`k${index}`)));
    const reports: number[] = [];
    const outcome = await run(lines, { report: (done: number) => reports.push(done) });
    assert.equal(outcome.done, 3200);
    assert.deepEqual(reports, [...Array.from({ length: 12 }, (_, i) => (i + 1) * 250), 3200]);

    store = new MemoryStore({ now: () => now });
    const controller = new AbortController();
    const cancelled = await run(lines, {
      signal: controller.signal,
      report: (done: number) => done >= 1000 && controller.abort(),
    });
    assert.deepEqual([cancelled.done, cancelled.cancelled, store.entries.length], [1000, true, 1000]);
  });

  it('reports keys that the store refuses, and goes on', async () => {
    store.intercept = (call, key) => {
      if (call === 'put' && key === 'b') throw new KvError('server', 'no “b”');
    };
    const outcome = await run([line('a', entry('a')), line('b', entry('b')), line('c', entry('c'))]);
    assert.equal(outcome.done, 2);
    assert.deepEqual(
      outcome.failed.map(({ key, error }) => [key, error.message]),
      [['b', 'no “b”']],
    );
  });

  it('throws an error before anything was done, and lists a later one by key', async () => {
    const lines = Array.from({ length: 600 }, (_, index) => line(`k${index}`, entry(`k${index}`)));
    let reads = 0;
    store.intercept = (call) => {
      if (call === 'get' && ++reads > 500) throw new KvError('offline', 'offline');
    };
    const outcome = await run(lines);
    assert.deepEqual([outcome.done, outcome.failed.length], [500, 100]);
    await assert.rejects(run(lines), (error) => isKvError(error, 'offline'));
  });

  it('restores what was read before a damaged line, then tells', async () => {
    const lines = async function* (): AsyncGenerator<BackupLine> {
      yield line('a', entry('a'));
      throw new KvError('server', 'damaged');
    };
    await assert.rejects(restore(lines(), store, { now: () => now }), /damaged/);
    assert.deepEqual(store.entries, [entry('a')]);
  });
});
