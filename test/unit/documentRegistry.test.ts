import assert from 'node:assert/strict';
import { Emitter } from '../../src/core/base/event.ts';
import type { Holds, HoldsChange } from '../../src/fs/documentHolds.ts';
import { type DocumentMemory, DocumentRegistry, type OpenDocument } from '../../src/fs/documentRegistry.ts';
import { ManualTiming } from '../support/manualTiming.ts';

/** Longer than any two looks at what nothing holds. */
const LONG_MS = 120_000;

class Memory implements DocumentMemory {
  readonly kept = new Map<string, string>();
  keys(): readonly string[] {
    return [...this.kept.keys()];
  }
  get<T>(key: string): T | undefined {
    const text = this.kept.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }
  async update(key: string, value: unknown): Promise<void> {
    if (value === undefined) this.kept.delete(key);
    else this.kept.set(key, JSON.stringify(value));
  }
}

/** The tabs and text documents that a test opens and closes. */
class FakeHolds implements Holds {
  readonly #changed = new Emitter<HoldsChange>();
  readonly tabs = new Set<string>();
  readonly texts = new Set<string>();
  readonly onDidChange = this.#changed.event;
  isShown(id: string): boolean {
    return this.tabs.has(id);
  }
  isText(id: string): boolean {
    return this.texts.has(id);
  }
  show(id: string): void {
    this.tabs.add(id);
    this.#changed.fire({ shown: [id] });
  }
  hide(id: string): void {
    this.tabs.delete(id);
    this.#changed.fire({ hidden: [id] });
  }
  close(id: string): void {
    this.texts.delete(id);
    this.#changed.fire({ closed: [id] });
  }
}

class Document implements OpenDocument<string> {
  kept: string | undefined;
  isTextClosed = false;
  readonly #onMove: () => void;
  constructor(kept: string | undefined, onMove: () => void) {
    this.kept = kept;
    this.#onMove = onMove;
  }
  keep(kept: string): void {
    this.kept = kept;
    this.#onMove();
  }
  textClosed(): void {
    this.isTextClosed = true;
  }
}

describe('the registry of open documents', () => {
  let memory: Memory;
  let holds: FakeHolds;
  let timing: ManualTiming;
  let documents: DocumentRegistry<string, Document>;
  const start = (): void => {
    documents = new DocumentRegistry<string, Document>({
      scheme: 'kv',
      memory,
      holds,
      timing,
      make: (_, kept, onMove) => new Document(kept, onMove),
    });
  };
  beforeEach(() => {
    memory = new Memory();
    holds = new FakeHolds();
    timing = new ManualTiming();
    start();
  });

  it('has one object for each, and none that nobody asked for', () => {
    assert.equal(documents.find('kv:a'), undefined);
    const document = documents.obtain('kv:a');
    assert.equal(documents.obtain('kv:a'), document);
    assert.equal(documents.find('kv:a'), document);
    assert.notEqual(documents.obtain('kv:b'), document);
  });

  it('keeps any number of them while they are held, and stores what a tab shows', async () => {
    for (let at = 0; at < 1000; at++) {
      holds.show(`kv:${at}`);
      documents.obtain(`kv:${at}`).keep(`kept ${at}`);
    }
    await timing.pass(LONG_MS);
    assert.equal(documents.held.length, 1000);
    assert.equal(memory.kept.size, 1000);
    start();
    assert.deepEqual([documents.find('kv:7')?.kept, documents.obtain('kv:999').kept], ['kept 7', 'kept 999']);
  });

  it('stores what was known before its tab was', () => {
    documents.obtain('kv:a').keep('kept');
    assert.equal(memory.kept.size, 0);
    holds.show('kv:a');
    assert.equal(memory.kept.size, 1);
  });

  it('ends an object with the last tab and the last text document, whichever comes last', () => {
    for (const last of ['tab', 'text'] as const) {
      holds.show('kv:a');
      holds.texts.add('kv:a');
      const document = documents.obtain('kv:a');
      document.keep('kept');
      if (last === 'tab') holds.close('kv:a');
      else holds.hide('kv:a');
      assert.equal(documents.find('kv:a'), document);
      assert.equal(memory.kept.size, last === 'tab' ? 1 : 0, 'only what a tab shows is opened again');
      if (last === 'tab') holds.hide('kv:a');
      else holds.close('kv:a');
      assert.equal(documents.find('kv:a'), undefined);
      assert.deepEqual([memory.kept.size, document.isTextClosed], [0, true]);
    }
  });

  it('ends what nothing holds soon after its last use, and not while it is used', async () => {
    const document = documents.obtain('kv:a');
    const { promise, resolve } = Promise.withResolvers<void>();
    const using = documents.use('kv:a', () => promise);
    await timing.pass(LONG_MS);
    assert.equal(documents.find('kv:a'), document);
    resolve();
    await using;
    assert.equal(documents.find('kv:a'), document);
    await timing.pass(LONG_MS);
    assert.deepEqual(documents.ids, []);
    assert.deepEqual(timing.pending, [], 'nothing is left to look at');
  });

  it('does not end in the middle of its use what is closed', async () => {
    holds.show('kv:a');
    const document = documents.obtain('kv:a');
    await documents.use('kv:a', async () => {
      holds.hide('kv:a');
      assert.equal(documents.find('kv:a'), document);
    });
    await timing.pass(LONG_MS);
    assert.equal(documents.find('kv:a'), undefined);
  });

  it('removes after a start what was not opened again', () => {
    for (const id of ['kv:a', 'kv:b', 'other:c']) void memory.update(`document ${id}`, 'kept');
    holds.show('kv:b');
    documents.forgetClosed();
    assert.deepEqual([...memory.kept.keys()], ['document kv:b', 'document other:c']);
    assert.equal(documents.find('kv:b')?.kept, 'kept');
  });

  it('knows nothing of documents of another scheme', () => {
    void memory.update('document kvs:a', 'kept');
    assert.equal(documents.find('kvs:a'), undefined);
  });

  it('forgets what it is told to, open or not', () => {
    void memory.update('document kv:a', 'gone');
    void memory.update('document kv:b', 'stays');
    holds.show('kv:c');
    documents.obtain('kv:c').keep('gone');
    documents.forget((_, kept) => kept === 'gone');
    assert.deepEqual([...memory.kept.keys()], ['document kv:b']);
    assert.equal(documents.find('kv:c'), undefined);
  });
});
