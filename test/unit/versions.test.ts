import assert from 'node:assert/strict';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { type KeptVersions, Versions } from '../../src/fs/versions.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('versions of a document', () => {
  let versions: Versions;
  /** What survives a restart: JSON. */
  let kept: string[];
  beforeEach(() => {
    kept = [];
    versions = versionsOf(undefined);
  });
  const versionsOf = (from: KeptVersions | undefined): Versions => {
    const made: Versions = new Versions(from, () => kept.push(JSON.stringify(made.kept)));
    return made;
  };
  const restart = (): void => {
    versions = versionsOf(JSON.parse(kept.at(-1) ?? 'null') ?? undefined);
  };
  const next = (text: string) => versions.next(bytes(text), {});

  it('stay as long as the content does', () => {
    assert.equal(next('one'), next('one'));
    assert.equal(next('one').size, 3);
  });

  it('take no more room however often a value of one length is changed', () => {
    const seen = Array.from({ length: 3000 }, (_, i) => next(String(1000 + i).padStart(4, '0')).size);
    assert.equal(new Set(seen).size, seen.length);
    assert.ok(JSON.stringify(versions.kept).length < 300, JSON.stringify(versions.kept));
  });

  it('know what was kept by earlier versions of this extension', () => {
    next('one');
    const { last, companion } = versions.kept ?? assert.fail();
    versions = versionsOf({ last, companion, sizes: [3, 9, 4] });
    assert.deepEqual(
      ['two', 'ten', 'nine bytes'.slice(1)].map((text) => next(text).size),
      [5, 6, 10],
    );
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
    const written = versions.restart(bytes('six'), {});
    assert.equal(written.size, 3);
    assert.equal(next('six'), written);
    assert.notEqual(next('ten').size, 3);
    assert.ok(next('ten').mtime > written.mtime);
  });

  it('do not move for a write of the same content', () => {
    const before = next('one');
    assert.equal(versions.restart(bytes('one'), {}), before);
  });

  it('can move without the content, for an editor that is to load it again', () => {
    const before = next('one');
    versions.renew();
    const after = next('one');
    assert.ok(after.mtime > before.mtime);
    assert.notEqual(after.size, before.size);
    assert.equal(next('one'), after);
    versions.renew();
    assert.equal(versions.beforeRenewal, before);
    next('two');
    assert.equal(versions.beforeRenewal, undefined, 'a change is a change');
    versions.renew();
    versions.restart(bytes('two'), {});
    assert.equal(versions.beforeRenewal, undefined, 'what is written is what is held');
    versions = versionsOf(undefined);
    versions.renew();
    assert.equal(versions.last, undefined);
  });

  it('know which of them the editor holds, however often somebody asks, over a restart too', () => {
    const held = next('one');
    versions.noteShown('one');
    next('two');
    next('three');
    restart();
    next('three');
    assert.deepEqual(versions.underText, held);
    versions.noteShown('three');
    assert.equal(next('three'), versions.underText);
    next('four');
    assert.equal(versions.restart(bytes('merged'), {}), versions.underText);
  });

  it('know which of them the editor holds when it shows a late one, an early one or none', () => {
    const first = next('one');
    next('two');
    versions.noteShown('one');
    assert.equal(versions.underText, first, 'loaded before the last was known');
    versions.noteShown('three');
    assert.equal(versions.underText?.mtime, first.mtime, 'loaded before somebody asked for its version');
    assert.equal(next('three'), versions.underText);
    const written = versions.restart(bytes('{ "as": "KV has it" }'), {});
    versions.noteShown('as it was saved');
    next('four');
    assert.equal(versions.underText?.mtime, written.mtime);
    next('\uFEFFfive');
    versions.noteShown('five');
    assert.equal(versions.underText, versions.last);
    next('six');
    assert.equal(next('\uFEFFfive'), versions.underText, 'changed and changed back');
  });

  it('survive a restart, so that a change of equal length made meanwhile is seen', () => {
    const before = next('one');
    restart();
    assert.deepEqual(next('one'), before);
    restart();
    const after = next('two');
    assert.ok(after.mtime > before.mtime);
    assert.notEqual(after.size, before.size);
  });

  it('keep metadata and expiration, and never the value', () => {
    const entry: KvEntry = { key: 'k', value: bytes('secret'), metadata: { by: 'anna' }, expiration: 2_000_000_000 };
    const companion = { metadata: { by: 'anna' }, expiration: 2_000_000_000 };
    for (const work of ['next', 'restart'] as const) {
      versions = versionsOf(undefined);
      versions[work](entry.value, entry);
      assert.deepEqual(versions.kept?.companion, { json: '{"by":"anna"}', expiration: 2_000_000_000 });
      restart();
      assert.deepEqual(versions.companion, companion);
    }
    versions.next(entry.value, { metadata: 0 });
    restart();
    assert.deepEqual(versions.companion, { metadata: 0 });
    assert.deepEqual(versionsOf(undefined).companion, {});
  });

  it('tell what moved before the call returns, and nothing else', () => {
    for (let index = 0; index < 5; index++) next('one');
    assert.equal(kept.length, 1);
    next('two');
    assert.equal(kept.length, 2);
  });
});
