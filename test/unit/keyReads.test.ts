import assert from 'node:assert/strict';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { KeyReads } from '../../src/fs/keyReads.ts';

describe('reads of a document', () => {
  let answers: PromiseWithResolvers<KvEntry | undefined>[];
  let reads: KeyReads;
  const entry: KvEntry = { key: 'k', value: new Uint8Array() };
  beforeEach(() => {
    answers = [];
    reads = new KeyReads('k', () => {
      const answer = Promise.withResolvers<KvEntry | undefined>();
      answers.push(answer);
      return answer.promise;
    });
  });

  it('are one while several ask at the same time, and begin anew after that', async () => {
    const asked = [reads.read(), reads.readForStat().then((read) => read.entry), reads.read()];
    assert.equal(answers.length, 1);
    answers[0]?.resolve(entry);
    assert.deepEqual(await Promise.all(asked), [entry, entry, entry]);
    void reads.read();
    assert.equal(answers.length, 2);
  });

  it('do not stand for one that must see what has happened since they began', async () => {
    const early = reads.read();
    const change = performance.now();
    const late = reads.read(change);
    assert.equal(answers.length, 2);
    answers[1]?.resolve(entry);
    assert.deepEqual(await late, entry);
    answers[0]?.resolve(undefined);
    assert.equal(await early, undefined);
    void reads.read(change);
    assert.equal(answers.length, 3);
  });

  it('for a stat count for one save, with the moment before which a change is in them', async () => {
    const before = performance.now();
    const stat = reads.readForStat();
    const begun = performance.now();
    answers[0]?.resolve(entry);
    await stat;
    const known = reads.takeForSave();
    assert.deepEqual(known?.entries.get('k'), entry);
    assert.ok(known && known.begunAt >= before && known.begunAt <= begun && known.readAt >= known.begunAt);
    assert.equal(reads.takeForSave(), undefined);
  });

  it('count as well when they find nothing, and not when they fail', async () => {
    const stat = reads.readForStat();
    answers[0]?.resolve(undefined);
    assert.equal((await stat).entry, undefined);
    assert.equal(reads.takeForSave()?.entries.size, 0);
    const failing = reads.readForStat();
    answers[1]?.reject(new Error('no network'));
    await assert.rejects(failing);
    assert.equal(reads.takeForSave(), undefined);
  });
});
