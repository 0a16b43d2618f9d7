import assert from 'node:assert/strict';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { type VersionMemory, Versions } from '../../src/fs/versions.ts';

/** Keeps what survives a restart: JSON. */
class Memory implements VersionMemory {
  text = '{}';
  get<T>(key: string): T | undefined {
    return JSON.parse(this.text)[key];
  }
  update(key: string, value: unknown): void {
    this.text = JSON.stringify({ ...JSON.parse(this.text), [key]: value });
  }
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('versions of documents', () => {
  let memory: Memory;
  let versions: Versions;
  beforeEach(() => {
    memory = new Memory();
    versions = new Versions(memory);
  });
  const next = (text: string, id = 'a') => versions.next(id, bytes(text), {});

  it('stay as long as the content does', () => {
    assert.equal(next('one'), next('one'));
    assert.equal(next('one').size, 3);
  });

  it('never repeat a size while content moves, whatever its length, and never go back in time', () => {
    const seen = ['one', 'two', 'three', 'one', 'two', '', 'six', 'four', 'one'].map((text) => next(text));
    assert.equal(new Set(seen.map(({ size }) => size)).size, seen.length);
    seen.reduce((before, after) => {
      assert.ok(after.mtime > before.mtime);
      return after;
    });
  });

  it('begin afresh with a write, which the editor takes over', () => {
    next('one');
    next('two');
    const written = versions.restart('a', bytes('six'), {});
    assert.equal(written.size, 3);
    assert.equal(next('six'), written);
    assert.notEqual(next('ten').size, 3);
    assert.ok(next('ten').mtime > written.mtime);
  });

  it('do not move for a write of the same content', () => {
    const before = next('one');
    assert.equal(versions.restart('a', bytes('one'), {}), before);
  });

  it('can move without the content, for an editor that is to load it again', () => {
    const before = next('one');
    versions.renew('a');
    const after = next('one');
    assert.ok(after.mtime > before.mtime);
    assert.notEqual(after.size, before.size);
    assert.equal(next('one'), after);
    versions.renew('a');
    assert.equal(versions.beforeRenewal('a'), before);
    next('two');
    assert.equal(versions.beforeRenewal('a'), undefined, 'a change is a change');
    versions.renew('a');
    versions.restart('a', bytes('two'), {});
    assert.equal(versions.beforeRenewal('a'), undefined, 'what is written is what is held');
    versions.renew('unknown');
    assert.equal(versions.last('unknown'), undefined);
  });

  it('are told apart by document', () => {
    assert.equal(next('one', 'a').size, next('two', 'b').size);
    assert.equal(versions.last('c'), undefined);
  });

  it('survive a restart, so that a change of equal length made meanwhile is seen', () => {
    const before = next('one');
    versions = new Versions(memory);
    assert.deepEqual(next('one'), before);
    versions = new Versions(memory);
    const after = next('two');
    assert.ok(after.mtime > before.mtime);
    assert.notEqual(after.size, before.size);
  });

  it('are remembered before the call returns, and forgotten with the document', () => {
    next('one');
    assert.match(memory.text, /"a"/);
    versions.forget('a');
    assert.doesNotMatch(memory.text, /"a"/);
    assert.equal(versions.last('a'), undefined);
  });

  it('keep metadata and expiration, and never the value', () => {
    const entry: KvEntry = { key: 'k', value: bytes('secret'), metadata: { by: 'anna' }, expiration: 2_000_000_000 };
    versions.next('a', entry.value, entry);
    versions.restart('b', entry.value, entry);
    const companion = { metadata: { by: 'anna' }, expiration: 2_000_000_000 };
    assert.deepEqual(versions.companion('a'), companion);
    assert.deepEqual(new Versions(memory).companion('b'), companion);
    const json = '{"by":"anna"}';
    for (const [, seen] of memory.get<[string, { companion: object }][]>('versions') ?? []) {
      assert.deepEqual(seen.companion, { json, expiration: companion.expiration });
    }
    versions.next('a', entry.value, { metadata: 0 });
    assert.deepEqual(new Versions(memory).companion('a'), { metadata: 0 });
    assert.deepEqual(versions.companion('unknown'), {});
  });

  it('write to the memory only what moved', () => {
    let updates = 0;
    const counting: VersionMemory = { get: () => undefined, update: () => void updates++ };
    versions = new Versions(counting);
    for (let index = 0; index < 5; index++) next('one');
    assert.equal(updates, 1);
    versions.forget('unknown');
    assert.equal(updates, 1);
  });

  it('of the documents seen last are kept, the others go', () => {
    for (let index = 0; index < 600; index++) {
      next('one', `document ${index}`);
      next('one', 'always open');
    }
    assert.equal(memory.get<unknown[]>('versions')?.length, 500);
    assert.ok(versions.last('always open'));
    assert.ok(versions.last('document 599'));
    assert.equal(versions.last('document 0'), undefined);
  });
});
