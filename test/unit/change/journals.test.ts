import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { isKvError } from '../../../src/core/base/errors.ts';
import { type JournalLine, sessionText } from '../../../src/core/change/journal/format.ts';
import { JournalFolder } from '../../../src/core/change/journal/journalFolder.ts';
import type { Moment } from '../../../src/core/change/journal/moment.ts';
import { type Owner, realProcesses } from '../../../src/core/change/journal/owner.ts';
import { processStarts, processSystem } from '../../../src/core/change/journal/processStart.ts';
import type { JournalFile } from '../../../src/core/change/journal/reading.ts';
import type { ResumableWork } from '../../../src/core/change/keyChange.ts';
import { undoChange } from '../../../src/core/change/undo/undoChange.ts';
import { entryDigest } from '../../../src/core/entry/entryDigest.ts';
import { entry, type Machine, type MachineWindow, operation, useMachine } from '../../support/journalWindow.ts';
import { backupHeader, backupLine } from '../../support/oldBackups.ts';

const DAY = 86_400_000;
const work: ResumableWork = {
  command: 'importKeys',
  title: 'Importing users.json',
  total: 10,
  args: { namespace: { source: 'source', id: 'namespace' }, from: 'file:///users.json' },
};
const line = (key: string, bytes = 1): JournalLine => ({ key, before: { value: new Uint8Array(bytes) } });
const busy = (error: unknown): boolean => isKvError(error, 'busy');

describe('journals', () => {
  let machine: Machine;
  let window: MachineWindow;
  useMachine((made, first) => {
    [machine, window] = [made, first];
  });

  /** An operation that has ended; its id. */
  const make = async (lines: readonly JournalLine[], label = 'delete', { journals } = window): Promise<string> => {
    machine.now += 1000;
    const writer = await journals.begin(operation('delete', label), { isDurable: false });
    assert.equal(await writer.keep(lines), lines.length);
    await writer.mark({});
    await writer.end('whole');
    return writer.id;
  };
  const save = async (key: string, label = `save ${key}`, { journals } = window, source = 'source') => {
    machine.now += 1000;
    const recorder = journals.single(operation('save', label, source), { isDurable: false });
    await recorder.keep([line(key)]);
    await recorder.mark({});
    return recorder.id ?? '';
  };
  const labels = async ({ journals } = window): Promise<string[]> => (await journals.list()).map(({ label }) => label);
  const plain = (lines: readonly JournalLine[]) =>
    lines.map(({ key, before, after }) => ({ key, ...(before && { before }), ...(after !== undefined && { after }) }));

  it('give back every byte, metadata and expiration, of many keys and of single ones', async () => {
    const any = fc.record(
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
      fc.asyncProperty(fc.array(any, { minLength: 1 }), async (lines) => {
        assert.deepEqual(plain(await window.read(await make(lines))), lines);
        const recorder = window.journals.single(operation('save'), { isDurable: false });
        await recorder.keep(lines);
        await recorder.mark({});
        assert.deepEqual(plain(await window.read(recorder.id ?? '')), lines);
      }),
      { numRuns: 50 },
    );
  });

  it('are listed newest first, from both kinds of file, those of one moment in their order', async () => {
    await make([line('a'), line('b')], 'first');
    await save('c', 'second');
    await make([line('d')], 'third');
    const at = machine.now;
    for (const label of ['x', 'y', 'z']) {
      machine.now = at;
      await save('k', label);
    }
    machine.now = at - DAY;
    await save('k', 'clock set back');
    assert.deepEqual(await labels(), ['clock set back', 'z', 'y', 'x', 'third', 'second', 'first']);
    const [, , , , , single, many] = await window.journals.list();
    assert.deepEqual([single?.keys, single?.names, single?.state], [1, ['c'], 'whole']);
    assert.deepEqual([many?.keys, many?.names, many?.state], [2, [], 'whole']);
  });

  it('are the owner’s alone', async () => {
    await make([line('a')]);
    await save('b');
    assert.equal((await stat(machine.folder)).mode & 0o777, 0o700);
    for (const path of machine.files.paths) assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal(machine.files.paths.length, 2);
  });

  describe('while their operation goes on', () => {
    for (const who of ['this window', 'another window']) {
      it(`are busy for ${who}`, async () => {
        const { journals, changes } = who === 'this window' ? window : machine.window('two');
        const writer = await window.journals.begin(operation('import'), { isDurable: false, work });
        await writer.keep([line('a')]);
        await writer.mark({});
        const single = window.journals.single(operation('save'), { isDurable: false });
        await single.keep([line('b')]);
        const infos = await journals.list();
        assert.deepEqual(
          infos.map(({ state }) => state),
          ['running', 'running'],
        );
        for (const info of infos) await assert.rejects(undoChange(info, { journals, changes }), busy);
        await assert.rejects(journals.begin(operation('import'), { isDurable: false, work, earlier: writer.id }), busy);
        assert.equal(await journals.findWork(work), undefined);
        await journals.remove(writer.id);
        assert.equal(await journals.clear(), 2);
        machine.options.megabytes = 0;
        machine.now += 8 * DAY;
        await journals.tidy();
        await single.mark({});
        await writer.end('whole');
        assert.deepEqual(machine.names.length, 2, 'the session’s file, and what has just ended, whenever it began');
      });
    }

    it('tell one that breaks down, whose process id is somebody else’s now', async () => {
      const writer = await window.journals.begin(operation('import'), { isDurable: false, work });
      await writer.keep([line('a'), line('b')]);
      await writer.mark({ done: 2, failed: ['b'] });
      await writer.keep([line('c')]);
      machine.alive.delete('one');
      const other = machine.window('two', { pid: 1 });
      const [info] = await other.journals.list();
      assert.deepEqual([info?.state, info?.keys, info?.uncertain], ['interrupted', 2, 1]);
      assert.deepEqual(await other.written(writer.id), [
        ['a', 'yes'],
        ['b', 'no'],
        ['c', 'maybe'],
      ]);
      const [left] = await other.journals.unfinishedWorks();
      assert.deepEqual([left?.id, left?.done, left?.needsNotice, left?.isUndoable], [writer.id, 2, true, true]);
      await other.journals.noteNotified(writer.id);
      assert.equal((await other.journals.findWork(work))?.needsNotice, false);
    });

    it('tell of how many keys it is not certain, once they have ended, too', async () => {
      const writer = await window.journals.begin(operation('import'), { isDurable: false, work });
      await writer.keep([line('a'), line('b'), line('c')]);
      await writer.mark({ uncertain: ['a', 'c'] });
      await writer.end('left');
      assert.deepEqual(
        (await window.journals.list()).map(({ keys, uncertain }) => [keys, uncertain]),
        [[3, 2]],
      );
      const again = await window.journals.begin(operation('import'), { isDurable: false, work, earlier: writer.id });
      await again.keep([line('d')]);
      await again.mark({});
      await again.end('left');
      assert.deepEqual(
        (await window.journals.list()).map(({ keys, uncertain }) => [keys, uncertain]),
        [[4, 2]],
      );
      await window.journals.noteWhole(writer.id);
      const [info] = await window.journals.list();
      assert.deepEqual([info?.keys, info?.uncertain, info?.state], [4, 2, 'whole']);
      const large = window.journals.single(operation('save'), { isDurable: false });
      await large.keep([line('large', 500_000)]);
      await large.mark({ uncertain: ['large'] });
      const { uncertain, names } = (await window.journals.find(large.id ?? '')) ?? {};
      assert.deepEqual([uncertain, names], [1, ['large']]);
    });

    it('are not removed by another window before their first line is there', async () => {
      await make([line('a')]);
      await appendFile(join(machine.folder, '99999999999999-aaaaaaaaaaaa.open.ndjson'), '');
      await machine.window('two').journals.clear();
      assert.deepEqual(machine.names, ['99999999999999-aaaaaaaaaaaa.open.ndjson']);
    });
  });

  describe('know the processes of a machine by their id and their start', () => {
    const other = (started?: string): Owner => ({ pid: process.ppid, session: 'other', started });
    const HOUR = 3_600_000;
    const at = (ms: number): string => new Date(ms).toISOString();
    /** With the program of a system that this may not be. */
    const on = (platform: NodeJS.Platform, run = processSystem.run) => realProcesses(processStarts({ platform, run }));

    it('by what this system tells', async () => {
      const { own, isRunning } = realProcesses();
      assert.equal(await isRunning(own), true);
      assert.equal(await isRunning({ ...own, session: 'an earlier one' }), false);
      assert.equal(await isRunning(other()), true);
      assert.notEqual(own.started, undefined);
      assert.equal(await isRunning(other(at(Date.now() - HOUR))), false);
      assert.equal(await isRunning({ pid: 0x7fff_fffe, session: 'other' }), false);
    });

    it('by ps, where there is one, in any zone', async function () {
      if (process.platform === 'win32') this.skip();
      const code = 'process.send(performance.timeOrigin); process.on("disconnect", () => process.exit())';
      const child = spawn(process.execPath, ['--eval', code], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      try {
        const [origin] = await once(child, 'message');
        const { isRunning } = on('darwin');
        const made = { pid: child.pid ?? assert.fail(), session: 'other' };
        assert.equal(await isRunning({ ...made, started: at(origin) }), true);
        assert.equal(await isRunning({ ...made, started: at(origin - HOUR) }), false);
      } finally {
        child.kill();
      }
    });

    it('by PowerShell on Windows, asked once for many changes', async () => {
      const asked: string[] = [];
      const { own, isRunning } = on('win32', async (file, args) => {
        asked.push([file, ...args].join(' '));
        return '2026-11-30T04:17:30.1234567Z\r\n';
      });
      assert.ok(Math.abs(Date.parse(own.started ?? '') - performance.timeOrigin) < 1000);
      assert.equal(await isRunning(other('2026-11-30T04:17:31.000Z')), true);
      assert.equal(await isRunning(other('2026-11-30T03:17:31.000Z')), false);
      assert.equal(asked.length, 1);
      assert.match(asked[0] ?? '', new RegExp(`powershell\\.exe -NoProfile .*Get-Process -Id ${process.ppid}\\)`));
    });

    it('and takes one for running where nobody tells', async () => {
      const { isRunning } = on('freebsd', async () => await Promise.reject(new Error('no such program')));
      assert.equal(await isRunning(other('2026-11-30T04:17:31.000Z')), true);
    });
  });

  describe('that work is gone on with', () => {
    const begin = (earlier?: string, { journals } = window) =>
      journals.begin(operation('import'), { isDurable: false, work, earlier });

    it('tell when it began anew, and how far it is since then', async () => {
      const since = machine.now;
      const found: unknown[] = [];
      let earlier: string | undefined;
      for (const [at, key, done] of [
        [since, 'a', 6],
        [since, 'b', 8],
        [since + DAY, undefined, 0],
        [since + DAY, 'c', 2],
        [undefined, 'd', 3],
      ] as const) {
        machine.now += 1000;
        const isWorkOfNow = at !== undefined;
        const writer: Awaited<ReturnType<typeof begin>> = await window.journals.begin(operation('import'), {
          isDurable: false,
          earlier,
          work: { ...work, ...(isWorkOfNow && { since: at }) },
        });
        if (key !== undefined) {
          await writer.keep([line(key)]);
          await writer.mark({ done });
        }
        await writer.end('left');
        earlier = writer.id;
        const left = await window.journals.findWork(work);
        found.push([(left?.at ?? 0) - since, left?.done]);
      }
      assert.deepEqual(found, [
        [0, 6],
        [0, 8],
        [DAY, 0],
        [DAY, 2],
        [DAY, 3],
      ]);
    });

    it('tell how far all of it is, also where a start only knows what is left', async () => {
      const found: unknown[] = [];
      let earlier: string | undefined;
      for (const [total, done] of [
        [1000, 600],
        [400, undefined],
        [400, 100],
        [300, 100],
        // As much as is left, and 500 that are new.
        [700, 50],
        [1000, 900],
      ] as const) {
        const writer: Awaited<ReturnType<typeof begin>> = await window.journals.begin(operation('sync'), {
          isDurable: false,
          earlier,
          work: { ...work, total },
        });
        await writer.keep([line('a')]);
        if (done !== undefined) await writer.mark({ done });
        await writer.end('left');
        earlier = writer.id;
        const left = await window.journals.findWork(work);
        found.push([left?.done, left?.total]);
      }
      assert.deepEqual(found, [
        [600, 1000],
        [600, 1000],
        [700, 1000],
        [800, 1000],
        [800, 1000],
        [900, 1000],
      ]);
    });

    it('tell how far the clock of the namespace was ahead where it began, or began anew', async () => {
      const found: unknown[] = [];
      let earlier: string | undefined;
      for (const [since, ahead] of [
        [1000, 60],
        [1000, 120],
        [5000, 180],
      ] as const) {
        const writer: Awaited<ReturnType<typeof begin>> = await window.journals.begin(operation('import'), {
          isDurable: false,
          earlier,
          work: { ...work, since, ahead },
        });
        await writer.keep([line('a')]);
        await writer.end('left');
        earlier = writer.id;
        const left = await window.journals.findWork(work);
        found.push([left?.at, left?.ahead]);
      }
      assert.deepEqual(found, [
        [1000, 60],
        [1000, 60],
        [5000, 180],
      ]);
    });

    it('are offered where the clock was set back since the same work was done whole', async () => {
      machine.countsTicks = true;
      const whole = await begin();
      await whole.keep([line('a')]);
      await whole.mark({ done: 1 });
      await whole.end('whole');
      machine.now -= 3_600_000;
      const other = machine.window('two', { pid: 2 });
      const left = await begin(undefined, other);
      await left.keep([line('a')]);
      await left.mark({ done: 1 });
      await left.end('left');
      assert.equal((await other.journals.findWork(work))?.id, left.id);
    });

    it('are one file, and a line without its mark is not told by those of the next start', async () => {
      const first = await begin();
      await first.keep([line('a')]);
      machine.alive.delete('one');
      window = machine.window('two');
      const second = await begin(first.id);
      await second.keep([line('a'), line('b')]);
      await second.mark({ failed: ['a'] });
      await second.end('left');
      assert.equal(second.id, first.id);
      assert.deepEqual(machine.names, [`${first.id}.2-1.left.ndjson`]);
      assert.deepEqual(await window.written(first.id), [
        ['a', 'maybe'],
        ['a', 'no'],
        ['b', 'yes'],
      ]);
    });

    it('lose the half line that a broken process left, and nothing else', async () => {
      const first = await begin();
      await first.keep([line('a')]);
      await first.mark({});
      await appendFile(join(machine.folder, `${first.id}.open.ndjson`), '{"key":"half');
      machine.alive.delete('one');
      window = machine.window('two');
      const second = await begin(first.id);
      assert.equal((await window.journals.list())[0]?.state, 'running');
      await second.keep([line('b')]);
      await second.mark({});
      await second.end('whole');
      assert.deepEqual(
        (await window.read(first.id)).map(({ key }) => key),
        ['a', 'b'],
      );
    });

    it('are whole where the disk took half of the note of what was taken back', async () => {
      const id = await make([line('a'), line('b')]);
      machine.files.options = { ...machine.files.options, room: (_, bytes) => bytes / 2 };
      await assert.rejects(window.journals.noteUndone(id, ['a']));
      machine.files.options = { ...machine.files.options, room: () => undefined };
      assert.match(machine.files.peek(join(machine.folder, `${id}.2.ndjson`)), /\n\{"undone[^\n]*$/);
      assert.deepEqual(await window.written(id), [
        ['a', 'yes'],
        ['b', 'yes'],
      ]);
      await window.journals.noteUndone(id, ['a']);
      assert.deepEqual(
        (await window.read(id)).map(({ isWritten }) => isWritten),
        ['no', 'yes'],
      );
    });

    it('are over from the line on that came after what was taken back, and before that they are not', async () => {
      const first = await begin();
      await first.keep([line('a'), line('b"\\')]);
      await first.mark({});
      machine.alive.delete('one');
      window = machine.window('two');
      const between = await make([line('a'), line('b"\\'), line('c')]);
      const before = window.journals.moment();
      const second = await begin(first.id);
      await second.keep([line('c'), line('a')]);
      await second.mark({});
      await second.end('whole');
      const [restored] = await window.read(between);
      const info = await window.journals.find(between);
      assert.ok(info && restored);
      const overtake = async (at: Moment) => {
        const back = { kept: restored.kept, at, state: 'what was there before', made: undefined };
        await window.journals.noteOvertaken(info, new Map(['a', 'b"\\', 'c'].map((key) => [key, back])));
        return await window.written(first.id);
      };
      // It was taken back before the second start.
      assert.ok((await overtake(before)).every(([, isWritten]) => isWritten === 'yes'));
      assert.deepEqual(await overtake(window.journals.moment()), [
        ['a', 'yes'],
        ['b"\\', 'yes'],
        ['c', 'no'],
        ['a', 'no'],
      ]);
    });

    it('stay with what another start has added since they were read to be taken back', async () => {
      const first = await begin();
      await first.keep([line('a')]);
      await first.mark({});
      machine.alive.delete('one');
      window = machine.window('two');
      const second = await begin(first.id);
      await second.keep([line('a'), line('b')]);
      await second.mark({});
      await second.end('whole');
      assert.equal(await window.journals.remove(first.id, 1), false);
      await window.journals.noteUndone(first.id, ['a'], 1);
      assert.deepEqual(await window.written(first.id), [
        ['a', 'no'],
        ['a', 'yes'],
        ['b', 'yes'],
      ]);
      assert.equal(await window.journals.remove(first.id, 3), true);
    });

    it('are read as they were at first, whatever is taken back of them meanwhile', async () => {
      const id = await make([line('a'), line('b')]);
      const read = await window.journals.reader(id);
      await window.journals.noteUndone(id, ['a']);
      const written: string[] = [];
      for await (const { isWritten } of read()) written.push(isWritten);
      assert.deepEqual(written, ['yes', 'yes']);
      assert.equal((await window.read(id))[0]?.isWritten, 'no');
    });

    it('are whole where a note came after the half line that a broken process left', async () => {
      const first = await begin();
      await first.keep([line('a')]);
      await first.mark({});
      await appendFile(
        join(machine.folder, `${first.id}.open.ndjson`),
        '{"key":"half","before":{"value":"AA==","meta":"{}',
      );
      machine.alive.delete('one');
      window = machine.window('two');
      await window.journals.noteNotified(first.id);
      assert.equal((await window.journals.findWork(work))?.needsNotice, false);
      await window.journals.noteUndone(first.id, ['a']);
      assert.deepEqual(
        (await window.read(first.id)).map(({ isWritten }) => isWritten),
        ['no'],
      );
      const second = await begin(first.id);
      await second.keep([line('b')]);
      await second.mark({});
      await second.end('whole');
      assert.deepEqual(await window.written(first.id), [
        ['a', 'no'],
        ['b', 'yes'],
      ]);
    });

    it('are gone on with by one of two windows', async () => {
      const first = await begin();
      await first.keep([line('a')]);
      await first.mark({});
      await first.end('left');
      const results = await Promise.allSettled([begin(first.id), begin(first.id, machine.window('two'))]);
      assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      assert.ok(results.every((result) => result.status === 'fulfilled' || busy(result.reason)));
    });

    it('are not gone on with by another window before their first start has let go', async () => {
      const first = await begin();
      await first.keep([line('a')]);
      await first.mark({});
      const [other, gate] = [machine.window('two'), Promise.withResolvers<void>()];
      const atTheName = Promise.withResolvers<void>();
      const before = async (call: string): Promise<void> => {
        if (call !== 'rename') return;
        atTheName.resolve();
        await gate.promise;
      };
      machine.files.options = { ...machine.files.options, before };
      const end = first.end('left');
      await atTheName.promise;
      await assert.rejects(begin(first.id, other), busy);
      assert.equal((await other.journals.find(first.id))?.state, 'running');
      gate.resolve();
      await end;
      assert.equal((await begin(first.id, other)).id, first.id);
      assert.deepEqual(machine.names, [`${first.id}.open.ndjson`]);
    });

    it('get what was taken back, and told, in the one file that they are, under any name', async () => {
      const first = await begin();
      await first.keep([line('a'), line('b')]);
      await first.mark({});
      await first.end('left');
      for (const note of ['noteUndone', 'noteTold'] as const) {
        const other = machine.window(note);
        let resumed: Promise<{ end(how: 'left'): Promise<void> }> | undefined;
        // Between a look at the folder and the file.
        const before = async (call: string): Promise<void> => {
          if (resumed || (call !== 'open' && call !== 'appendFile')) return;
          resumed = begin(first.id);
          await resumed;
        };
        machine.files.options = { ...machine.files.options, before };
        await (note === 'noteUndone'
          ? other.journals.noteUndone(first.id, ['b'])
          : other.journals.noteNotified(first.id));
        assert.deepEqual(machine.names, [`${first.id}.open.ndjson`]);
        await (await resumed)?.end('left');
      }
      assert.deepEqual(await window.written(first.id), [
        ['a', 'yes'],
        ['b', 'no'],
      ]);
    });

    it('stand beside each other where it is begun twice in one window', async () => {
      const [first, second] = [await begin(), await begin()];
      for (const writer of [first, second]) {
        await writer.keep([line('a')]);
        await writer.mark({ done: 1 });
      }
      await first.end('whole');
      assert.equal(await window.journals.findWork(work), undefined, 'the second goes on');
      await second.end('left');
      assert.equal((await window.journals.findWork(work))?.id, second.id);
      assert.deepEqual(
        (await window.journals.list()).map(({ id }) => id),
        [second.id, first.id],
      );
    });

    it('are not offered when nothing was written, nor when it was done anew since', async () => {
      const none = await begin();
      await none.keep([line('a')]);
      await none.mark({ failed: ['a'] });
      await none.end('left');
      assert.deepEqual(machine.names, []);
      const left = await begin();
      await left.keep([line('a')]);
      await left.mark({ done: 1 });
      await left.end('left');
      assert.equal((await window.journals.findWork(work))?.done, 1);
      assert.equal((await window.journals.unfinishedWork(left.id))?.needsNotice, false);
      const anew = await begin();
      await anew.keep([line('b')]);
      await anew.mark({});
      await anew.end('whole');
      assert.equal(await window.journals.findWork(work), undefined);
      assert.equal((await window.journals.list()).length, 2);
    });

    it('tell work that went through, with keys that were refused, from what was interrupted', async () => {
      const end = async (how: 'left' | 'refused', earlier?: string): Promise<string> => {
        const writer = await begin(earlier);
        await writer.keep([line('a')]);
        await writer.mark({ done: 1 });
        await writer.end(how);
        return writer.id;
      };
      const states = async () => (await window.journals.unfinishedWorks()).map(({ id, isRefused }) => [id, isRefused]);
      const first = await end('left');
      assert.deepEqual(await states(), [[first, false]]);
      await end('refused', first);
      assert.deepEqual(await states(), [[first, true]]);
      await end('left', first);
      assert.deepEqual(await states(), [[first, false]]);
      const second = await end('refused');
      assert.deepEqual(await states(), [[second, true]]);
      assert.equal((await window.journals.list())[0]?.state, 'left');
    });
  });

  describe('that are too many', () => {
    it('go, the oldest first, when an operation ends', async () => {
      machine.options.megabytes = 1;
      const later = async (key: string, label: string): Promise<void> => {
        await make([line(key, 300_000)], label);
        machine.now += 60_000;
      };
      await later('a', 'first');
      await later('b', 'second');
      await later('c', 'third');
      assert.deepEqual(await labels(), ['third', 'second']);
      await make([line('d', 740_000)], 'large');
      assert.deepEqual(await labels(), ['large']);
    });

    it('stay when an operation begins, writes nothing, and ends', async () => {
      machine.options.megabytes = 1;
      await make([line('a', 450_000)], 'first');
      const writer = await window.journals.begin(operation('delete'), { isDurable: false });
      assert.deepEqual(await labels(), ['delete', 'first']);
      await writer.keep([line('b', 450_000)]);
      await writer.mark({ failed: ['b'] });
      await writer.end('left');
      assert.deepEqual(await labels(), ['first']);
    });

    it('keep as many lines as there is room for', async () => {
      machine.options.megabytes = 1;
      const writer = await window.journals.begin(operation('delete'), { isDurable: false });
      assert.equal(await writer.keep([line('a', 450_000), line('b', 450_000), line('c')]), 1);
      await writer.mark({});
      await writer.end('whole');
      assert.deepEqual(
        (await window.read(writer.id)).map(({ key }) => key),
        ['a'],
      );
      machine.options.megabytes = 0;
      assert.equal(await window.journals.single(operation('save'), { isDurable: false }).keep([line('a')]), 0);
    });

    it('and too old go, at least a day old', async () => {
      machine.options.days = 0;
      await make([line('a')], 'many');
      await save('b', 'single');
      machine.now += DAY / 2;
      assert.deepEqual(await labels(), ['single', 'many']);
      machine.now += DAY;
      assert.deepEqual(await labels(), []);
    });
  });

  describe('of single keys', () => {
    it('lie in one file, which is followed by another when it is large or old', async () => {
      for (const key of ['a', 'b', 'c']) await save(key);
      assert.equal(machine.names.length, 1);
      machine.now += 2 * DAY;
      await save('d');
      assert.equal(machine.names.length, 2);
      machine.options.megabytes = 1;
      for (const key of ['e', 'f']) {
        const recorder = window.journals.single(operation('save', key), { isDurable: false });
        await recorder.keep([line(key, 60_000)]);
        await recorder.mark({});
      }
      assert.equal(machine.names.length, 3);
      assert.equal((await labels()).length, 6);
    });

    it('that are large have a file of their own, all or nothing', async () => {
      const recorder = window.journals.single(operation('rename'), { isDurable: false });
      assert.equal(await recorder.keep([line('a', 500_000), line('b')]), 2);
      await recorder.mark({});
      assert.match(machine.names.join(), /^\d+-\w+\.2\.ndjson$/);
      machine.options.megabytes = 1;
      const none = window.journals.single(operation('rename'), { isDurable: false });
      assert.equal(await none.keep([line('a', 740_000), line('b', 10_000)]), 0);
      assert.equal(none.id, undefined);
      assert.deepEqual([...window.journals.running], []);
      assert.equal(machine.names.length, 1);
    });

    it('of two windows do not mix', async () => {
      const other = machine.window('two');
      await save('a');
      await save('b', 'save b', other);
      assert.equal(machine.names.length, 2);
      await window.journals.remove((await window.journals.list())[0]?.id ?? '');
      assert.deepEqual(await labels(other), ['save a']);
    });
  });

  it('are forgotten by source, those that go on when they end', async () => {
    await make([line('a')], 'many');
    await save('b', 'ours');
    await save('c', 'theirs', window, 'account');
    const going = window.journals.single(operation('save', 'going', 'account'), { isDurable: false });
    await going.keep([line('d')]);
    const run = await window.journals.begin(operation('delete', 'running', 'account'), { isDurable: false });
    await run.keep([line('e')]);
    await window.journals.forget((source) => source === 'account');
    await going.mark({});
    await run.mark({});
    await run.end('whole');
    assert.deepEqual(await labels(), ['ours', 'many']);
    await window.journals.forget((source) => source === 'account');
    const text = machine.files.paths.map((path) => machine.files.peek(path)).join('');
    assert.doesNotMatch(text, /"account"/);
    // What is done after the next sign-in stays.
    await save('f', 'later', window, 'account');
    assert.deepEqual(await labels(), ['later', 'ours', 'many']);
    assert.equal(await window.journals.clear(), 0);
    assert.deepEqual(machine.names, []);
  });

  for (const last of ['write', 'rename']) {
    it(`can be taken back where a window broke down when it began to resume, before its ${last}`, async () => {
      const writer = await window.journals.begin(operation('import'), { isDurable: false, work });
      await writer.keep([line('a')]);
      await writer.mark({});
      await writer.end('left');
      const other = machine.window('two');
      const brokenDown = Promise.withResolvers<void>();
      machine.files.options = {
        ...machine.files.options,
        before: async (call) => {
          if (call !== last) return;
          brokenDown.resolve();
          await new Promise(() => {});
        },
      };
      void other.journals.begin(operation('import'), { isDurable: false, work, earlier: writer.id });
      await brokenDown.promise;
      machine.alive.delete('two');
      machine.files.options = { clock: () => machine.now };
      // The one that began it is alive, and does not write it.
      const third = machine.window('three');
      const [info] = await third.journals.list();
      assert.deepEqual([info?.state, (await third.read(writer.id)).length], ['left', 1]);
      machine.now += 60_000;
      assert.ok(await third.journals.begin(operation('import'), { isDurable: false, work, earlier: writer.id }));
    });
  }

  describe('on a disk that fails', () => {
    let isFull = false;
    beforeEach(() => {
      isFull = false;
      machine.files.options = {
        ...machine.files.options,
        room: (_, bytes) => (isFull ? Math.floor(bytes / 2) : undefined),
      };
    });

    it('keep nothing by halves', async () => {
      const writer = await window.journals.begin(operation('delete'), { isDurable: false });
      await writer.keep([line('a')]);
      isFull = true;
      await writer.mark({ failed: ['a'] });
      await assert.rejects(
        writer.keep([line('b')]),
        (error) => isKvError(error, 'server') && /disk is full/.test(error.message),
      );
      isFull = false;
      await writer.keep([line('c')]);
      await writer.mark({});
      await writer.end('whole');
      assert.deepEqual(await window.written(writer.id), [
        ['a', 'no'],
        ['c', 'yes'],
      ]);
    });

    it('put what is kept next into another file', async () => {
      await save('a');
      isFull = true;
      const failing = window.journals.single(operation('save'), { isDurable: false });
      await assert.rejects(failing.keep([line('b')]), (error) => isKvError(error, 'server'));
      assert.deepEqual([failing.id, [...window.journals.running]], [undefined, []]);
      isFull = false;
      await save('c');
      assert.deepEqual(await labels(), ['save c', 'save a']);
      assert.equal(machine.names.length, 2);
    });

    it('are made anew where their folder was removed', async () => {
      await save('a');
      machine.files.removeFolders();
      await save('b');
      assert.deepEqual(await labels(), ['save b']);
    });

    it('keep nothing more of an operation whose file was removed, and are not there at its end', async () => {
      const writer = await window.journals.begin(operation('delete'), { isDurable: false });
      await writer.keep([line('a')]);
      await writer.mark({});
      machine.files.removeFolders();
      await assert.rejects(
        writer.keep([line('b')]),
        (error) => isKvError(error, 'server') && /removed in the meantime/.test(error.message),
      );
      await writer.end('left');
      assert.equal(writer.isKept, false);
    });

    it('have what is kept of a single key in the file that takes the place of theirs at that moment', async () => {
      await save('a', 'gone', window, 'account');
      await save('b');
      const other = machine.window('two');
      let forgotten: Promise<void> | undefined;
      const [path = ''] = machine.files.paths;
      machine.files.options = {
        ...machine.files.options,
        // Between the opening of the file and the writing.
        before: async (call, at) => {
          if (forgotten || call !== 'write' || at !== path) return;
          forgotten = other.journals.forget((source) => source === 'account');
          await forgotten;
        },
      };
      await save('c');
      assert.ok(forgotten);
      assert.deepEqual(await labels(), ['save c', 'save b']);
    });

    for (const what of ['its end', 'what was taken back', 'that it is over'] as const) {
      it(`have ${what} in the file that takes the place of theirs at that moment`, async () => {
        await save('a', 'gone', window, 'account');
        const change = window.journals.single(operation('rename', 'change'), { isDurable: false });
        await change.keep([line('b'), line('c')]);
        if (what !== 'its end') await change.mark({});
        const id = change.id ?? '';
        const other = machine.window('two');
        let forgotten: Promise<void> | undefined;
        const [path = ''] = machine.files.paths;
        machine.files.options = {
          ...machine.files.options,
          before: async (call, at) => {
            if (forgotten || call !== 'write' || at !== path) return;
            forgotten = other.journals.forget((source) => source === 'account');
            await forgotten;
          },
        };
        if (what === 'its end') await change.mark({ failed: ['b'] });
        else if (what === 'what was taken back') await window.journals.noteUndone(id, ['b']);
        else assert.equal(await window.journals.remove(id), true);
        assert.ok(forgotten);
        const found = await other.journals.list();
        assert.deepEqual(
          found.map(({ names, uncertain, state }) => [names, uncertain, state]),
          what === 'that it is over' ? [] : [[['c'], 0, 'whole']],
        );
      });
    }

    for (const what of ['its end', 'what was taken back', 'that it is over'] as const) {
      it(`have ${what} where that is in the file that takes the place of theirs before they are`, async () => {
        await save('a', 'gone', window, 'account');
        await save('stays');
        const [other, third] = [machine.window('two'), machine.window('three')];
        const change = window.journals.single(operation('rename', 'change'), { isDurable: false });
        const [path = ''] = machine.files.paths;
        const forget = async () => await third.journals.forget((source) => source === 'account');
        let phase: 'before' | 'keeping' | 'kept' | 'told' = 'before';
        machine.files.options = {
          ...machine.files.options,
          before: async (call, at) => {
            // Everything that was there was read: the change is added to it at the end.
            if (phase === 'before' && call === 'rename') {
              phase = 'keeping';
              await change.keep([line('b'), line('c')]);
              if (what !== 'its end') await change.mark({});
              phase = 'kept';
            } else if (phase === 'kept' && call === 'fstat' && at === path) {
              phase = 'told';
              const id = change.id ?? '';
              if (what === 'its end') await change.mark({ failed: ['b'] });
              else if (what === 'what was taken back') await appendFile(path, sessionText({ of: id, undone: ['b'] }));
              else await appendFile(path, sessionText({ forget: id }));
              await forget();
            }
          },
        };
        await other.journals.forget((source) => source === 'account');
        assert.equal(phase, 'told');
        for (let times = 0; times <= 1; times++) {
          const found = (await other.journals.list()).map(({ names, uncertain, state }) => [names, uncertain, state]);
          const stays = [['stays'], 0, 'whole'];
          assert.deepEqual(found, what === 'that it is over' ? [stays] : [[['c'], 0, 'whole'], stays]);
          await forget();
        }
      });
    }

    it('are over where what takes the place of their file gets them only after that', async () => {
      await save('a', 'gone', window, 'account');
      await save('stays');
      const other = machine.window('two');
      const [path = ''] = machine.files.paths;
      const [replaced, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      let forgotten: Promise<void> | undefined;
      let isReplaced = false;
      machine.files.options = {
        ...machine.files.options,
        before: async (call, at) => {
          if (call === 'rename') isReplaced = true;
          if (at !== path) return;
          if (call === 'write' && !forgotten) {
            forgotten = other.journals.forget((source) => source === 'account');
            await replaced.promise;
          } else if (call === 'fstat' && isReplaced) {
            isReplaced = false;
            replaced.resolve();
            await over.promise;
          }
        },
      };
      const id = await save('b');
      assert.deepEqual(await labels(), ['save b', 'save stays']);
      assert.equal(await window.journals.remove(id), true);
      over.resolve();
      await forgotten;
      assert.match(machine.files.peek(path), /"label":"save b"/);
      assert.deepEqual(await labels(), ['save stays']);
    });

    for (const [what, others] of [
      ['a file', ['stays']],
      ['no file', []],
    ] as const) {
      it(`are over where that is told while ${what} is in the place of theirs, and they are in none`, async () => {
        await save('a', 'gone', window, 'account');
        for (const key of others) await save(key, key);
        const other = machine.window('two');
        const [path = ''] = machine.files.paths;
        const ids: string[] = [];
        let phase: 'before' | 'kept' | 'over' = 'before';
        machine.files.options = {
          ...machine.files.options,
          before: async (call, at) => {
            if (phase === 'before' && (call === 'rename' || (call === 'rm' && at === path))) {
              ids.push(await save('b'), await save('c'));
              phase = 'kept';
            } else if (phase === 'kept' && call === 'fstat' && at === path) {
              phase = 'over';
              for (const id of ids) assert.equal(await window.journals.remove(id), true);
            }
          },
        };
        await other.journals.forget((source) => source === 'account');
        assert.equal(phase, 'over');
        assert.match(machine.files.peek(path), /"label":"save c"/);
        assert.deepEqual(await labels(other), others);
      });
    }

    it('stay where another window finds that a file of theirs is empty just before', async () => {
      await save('a', 'gone', window, 'account');
      const other = machine.window('two');
      const [path = ''] = machine.files.paths;
      let saved: Promise<unknown> | undefined;
      machine.files.options = {
        ...machine.files.options,
        // Everything that was there was read.
        before: async (call, at) => {
          if (saved || call !== 'rm' || at !== path) return;
          saved = save('b');
          await saved;
        },
      };
      await other.journals.forget((source) => source === 'account');
      assert.ok(saved);
      assert.deepEqual(await labels(other), ['save b']);
    });

    it('are listed once where what takes the place of their file has got them too', async () => {
      await save('a', 'gone', window, 'account');
      const other = machine.window('two');
      const [path = ''] = machine.files.paths;
      let forgotten: Promise<void> | undefined;
      let looks = 0;
      const [written, copied] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      machine.files.options = {
        ...machine.files.options,
        before: async (call, at) => {
          if (call === 'write' && at === path && !forgotten) {
            forgotten = other.journals.forget((source) => source === 'account');
            await copied.promise;
          }
          if (call !== 'fstat' || at !== path) return;
          looks++;
          // The new file has its name, and what was added to the old one is not looked for yet.
          if (looks === 1) {
            copied.resolve();
            await written.promise;
          } else if (looks === 2) {
            written.resolve();
            await forgotten;
          }
        },
      };
      await save('b');
      const texts = machine.files.paths.map((one) => machine.files.peek(one));
      assert.deepEqual(
        texts.map((text) => /"label":"save b"/.test(text)),
        [true, true],
      );
      assert.deepEqual(
        (await other.journals.list()).map(({ label, uncertain }) => [label, uncertain]),
        [['save b', 0]],
      );
    });

    it('are nobody’s again where there is no room to go on with their work', async () => {
      const first = await window.journals.begin(operation('import'), { isDurable: false, work });
      await first.keep([line('a')]);
      await first.mark({});
      await first.end('left');
      isFull = true;
      const again = window.journals.begin(operation('import'), { isDurable: false, work, earlier: first.id });
      await assert.rejects(again, (error) => isKvError(error, 'server'));
      assert.deepEqual(
        (await machine.window('two').journals.list()).map(({ state }) => state),
        ['left'],
      );
    });

    it('note what became of a change once there is room, and are nobody’s after a while without', async () => {
      const going = window.journals.single(operation('save'), { isDurable: false });
      await going.keep([line('a')]);
      isFull = true;
      await going.mark({ failed: ['a'] });
      const other = machine.window('two');
      const states = async () => (await other.journals.list()).map(({ state }) => state);
      assert.deepEqual(await states(), ['running']);
      machine.now += 15 * 60_000;
      assert.deepEqual(await states(), ['whole']);
      isFull = false;
      await save('b');
      assert.deepEqual(await labels(other), ['save b']);
    });

    it('note what became of a change after half a line that did not fit', async () => {
      await save('a');
      isFull = true;
      const failing = window.journals.single(operation('save'), { isDurable: false });
      await assert.rejects(failing.keep([line('b')]));
      isFull = false;
      const [info] = await window.journals.list();
      await window.journals.remove(info?.id ?? '');
      assert.deepEqual(await labels(), []);
    });

    it('cut off what did not fit, and nothing that another window has noted meanwhile', async () => {
      const writer = await window.journals.begin(operation('import'), { isDurable: false, work });
      await writer.keep([line('a')]);
      await writer.mark({});
      await appendFile(join(machine.folder, `${writer.id}.open.ndjson`), `{"undone":["a"]}\n`);
      await writer.keep([line('b')]);
      isFull = true;
      await writer.mark({ failed: ['b'] });
      isFull = false;
      await writer.end('left');
      assert.deepEqual(await window.written(writer.id), [
        ['a', 'no'],
        ['b', 'no'],
      ]);
    });
  });

  it('are found under the last of the names that they get one right after the other', async () => {
    const folder = new JournalFolder(machine.folder, machine.oldFolder);
    await folder.make();
    const id = '01700000000000-0123456789ab';
    const names = [folder.openPath(id), ...[1, 2].map((keys) => folder.endedPath(id, { keys, uncertain: 0 }, 'left'))];
    await appendFile(names[0] ?? '', 'text');
    const [file] = await folder.files();
    assert.ok(file);
    let looks = 0;
    const sizeOf = async ({ path }: JournalFile): Promise<number> => {
      const [from = '', to] = names.slice(looks++);
      if (to !== undefined) await rename(from, to);
      return (await stat(path)).size;
    };
    assert.equal(await folder.follow(file, sizeOf), 4);
    await rm(names.at(-1) ?? '');
    looks = names.length;
    assert.equal(await folder.follow(file, sizeOf), undefined);
  });

  it('tell of damage after what was read before it', async () => {
    const id = await make([line('a'), line('b')]);
    const path = join(machine.folder, `${id}.2.ndjson`);
    const text = machine.files.peek(path);
    machine.files.clear();
    await appendFile(path, text.slice(0, text.indexOf('{"key":"b"') + 9));
    const seen: string[] = [];
    await assert.rejects(
      async () => {
        for await (const { key } of window.journals.lines(id)) seen.push(key);
      },
      (error) => isKvError(error, 'server') && /damaged/.test(error.message),
    );
    await assert.rejects(window.read('nothing'), (error) => isKvError(error, 'notFound'));
  });

  it('take backups of versions before journals, for their days', async () => {
    const [now, earlier, gone] = ['now', 'earlier', 'gone'].map((key) => entry(key, 'before'));
    const states = [entryDigest(entry('', 'earlier')) ?? '', null];
    const after = entryDigest(entry('', 'after')) ?? '';
    const id = `${String(machine.now).padStart(14, '0')}-aaaaaaaaaaaa`;
    const about = { kind: 'overwrite', source: 'source', namespace: 'namespace', label: 'old' } as const;
    await mkdir(machine.oldFolder, { recursive: true });
    const lines = [now, earlier, gone].flatMap((before) =>
      before ? backupLine({ key: before.key, before, after, earlier: states }) : [],
    );
    const foreign = backupLine({ key: 'foreign', before: entry('foreign', 'theirs'), after, isForeign: true });
    const text = backupHeader({ version: 1, id, at: machine.now, ...about }) + lines.join('') + foreign;
    await appendFile(join(machine.oldFolder, `${id}.4.ndjson`), text);
    machine.put('now', 'after');
    machine.put('earlier', 'earlier');
    machine.put('foreign', 'after');
    const [info] = await window.journals.list();
    assert.deepEqual([info?.kind, info?.keys, info?.state], ['copy', 4, 'whole']);
    assert.ok(info);
    const outcome = await undoChange(info, window);
    assert.deepEqual([outcome.done, outcome.changed], [3, ['foreign']]);
    assert.deepEqual(machine.values, { earlier: 'before', foreign: 'theirs', gone: 'before', now: 'before' });
    assert.deepEqual(machine.files.paths, []);
    await appendFile(join(machine.oldFolder, `${id}.4.ndjson`), text);
    machine.now += 8 * DAY;
    assert.deepEqual(await labels(), []);
    await window.journals.tidy();
    assert.deepEqual(machine.files.paths, []);
  });
});
