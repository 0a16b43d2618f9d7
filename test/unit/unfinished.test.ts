import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Unfinished, type Work } from '../../src/core/transfer/unfinished.ts';

const DAY = 86_400_000;
const work: Work = { command: 'importKeys', args: { namespace: { source: 's', id: 'n' }, from: 'file:///users.json' } };
const about = { title: 'Importing users.json into SESSIONS', total: 3000, undo: 'backup' };

describe('notes on unfinished work', () => {
  let root: string;
  let folder: string;
  let now: number;
  let alive: ReadonlySet<number>;
  const windowOf = (pid: number): Unfinished =>
    new Unfinished(folder, { days: 7, clock: () => now, pid, isRunning: (other) => alive.has(other) });

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'kv-unfinished-'));
    folder = join(root, 'unfinished');
    now = Date.UTC(2026, 10, 21);
    alive = new Set([1, 2]);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('are gone when everything was done', async () => {
    const notes = await windowOf(1).begin(work, about);
    await notes.advance(500);
    await notes.finish();
    assert.deepEqual(await readdir(folder), []);
    assert.equal(await windowOf(1).find(work), undefined);
  });

  it('stay when another window has begun the same work since', async () => {
    const first = await windowOf(1).begin(work, about);
    const second = await windowOf(2).begin(work, { ...about, undo: 'another' });
    await first.finish();
    await second.advance(10);
    alive = new Set([1]);
    const [left] = await windowOf(1).list();
    assert.deepEqual([left?.undo, left?.done], ['another', 10]);
  });

  it('tell the same work how far it came before it was stopped', async () => {
    const window = windowOf(1);
    const notes = await window.begin(work, about);
    await notes.advance(500);
    await notes.advance(1000);
    assert.equal(await window.find(work), undefined, 'it is being done');
    assert.equal(await windowOf(2).find(work), undefined, 'and another window knows');
    await notes.stop();
    const left = { ...work, ...about, sources: ['s'], done: 1000, at: now, isNews: false };
    for (const each of [window, windowOf(2)]) {
      const { id, ...found } = (await each.find(work)) ?? { id: '' };
      assert.deepEqual(found, left);
      assert.deepEqual(await each.get(id), { ...left, id });
    }
    assert.equal(await window.find({ ...work, args: { from: 'file:///others.json' } }), undefined);
  });

  it('make news of a window that was closed, until it is told', async () => {
    await (await windowOf(1).begin(work, about)).advance(500);
    alive = new Set([2]);
    const [left] = await windowOf(2).list();
    assert.deepEqual([left?.done, left?.isNews], [500, true]);
    await windowOf(2).told(left?.id ?? '');
    assert.deepEqual(
      (await windowOf(2).list()).map(({ done, isNews }) => [done, isNews]),
      [[500, false]],
    );
    await windowOf(2).remove(left?.id ?? '');
    assert.deepEqual(await windowOf(2).list(), []);
  });

  it('begin anew with each start, and keep the time of the first', async () => {
    const window = windowOf(1);
    const first = await window.begin(work, about);
    await first.advance(500);
    await first.stop();
    const left = await window.find(work);
    now += 60_000;
    const second = await window.begin(work, { title: about.title, total: 3000, ...(left && { at: left.at }) });
    await second.stop();
    const again = await window.find(work);
    assert.deepEqual([again?.done, again?.at, again?.undo], [0, now - 60_000, undefined]);
  });

  it('say that nothing is done of what came far and wrote nothing', async () => {
    const window = windowOf(1);
    const notes = await window.begin(work, about);
    await notes.advance(500);
    await notes.stop(true);
    assert.equal((await window.find(work))?.done, 0);
  });

  it('are the owner’s alone, and go when they are old', async () => {
    const window = windowOf(1);
    await (await window.begin(work, about)).stop();
    const [name = ''] = await readdir(folder);
    assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    now += 7 * DAY + 1;
    assert.equal(await window.find(work), undefined);
    assert.deepEqual(await readdir(folder), []);
  });

  it('that are damaged count for nothing, and a line that was cut off for the one before', async () => {
    const window = windowOf(1);
    const notes = await window.begin(work, about);
    await notes.advance(500);
    await notes.stop();
    const [name = ''] = await readdir(folder);
    await appendFile(join(folder, name), '{"do');
    assert.equal((await window.find(work))?.done, 500);
    await writeFile(join(folder, name), 'not JSON');
    assert.equal(await window.find(work), undefined);
  });

  it('on work from or to a source that is gone are forgotten', async () => {
    const window = windowOf(1);
    const copy: Work = { command: 'copyKeys', args: { from: { source: 'a', id: 'n' }, to: { source: 'b', id: 'n' } } };
    for (const each of [work, copy]) await (await window.begin(each, about)).stop();
    await window.forget((source) => source === 'b');
    assert.deepEqual(
      (await window.list()).map(({ command }) => command),
      ['importKeys'],
    );
  });

  it('stop no work when they cannot be written', async () => {
    await writeFile(folder, 'a file where the folder is to be');
    const notes = await windowOf(1).begin(work, about);
    await notes.advance(1);
    await notes.stop();
    assert.deepEqual(await windowOf(1).list(), []);
  });
});
