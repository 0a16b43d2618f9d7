import assert from 'node:assert/strict';
import { Emitter } from '../../src/core/base/event.ts';
import { nowSeconds } from '../../src/core/entry/entry.ts';
import { formatRemaining } from '../../src/core/entry/remaining.ts';
import type { KvPage, ListQuery } from '../../src/core/store/store.ts';
import { type KeyItem, type KeyPick, searchKeys } from '../../src/ui/keySearch.ts';
import { EmptyPages } from '../support/emptyPages.ts';
import { eventually } from '../support/eventually.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const value = Buffer.from('v');
const hint: KeyItem = { label: 'more' };

/** As VS Code has it: the first row is active, and what is typed is told before an Enter. */
class FakePick implements KeyPick {
  value = '';
  busy = false;
  canSelectMany = false;
  selectedItems: readonly KeyItem[] = [];
  activeItems: readonly KeyItem[] = [];
  #items: readonly KeyItem[] = [];
  /** What is drawn lags behind. */
  isFrozen = false;
  readonly #typed = new Emitter<string>();
  readonly #accepted = new Emitter<void>();
  readonly #hidden = new Emitter<void>();
  readonly onDidChangeValue = this.#typed.event;
  readonly onDidAccept = this.#accepted.event;
  readonly onDidHide = this.#hidden.event;

  get items(): readonly KeyItem[] {
    return this.#items;
  }
  set items(items: readonly KeyItem[]) {
    this.#items = items;
    if (!this.isFrozen) this.activeItems = items.slice(0, 1);
  }

  show(): void {}

  type(text: string): void {
    this.value = text;
    this.#typed.fire(text);
  }
  enter(): void {
    if (!this.canSelectMany) this.selectedItems = this.activeItems;
    this.#accepted.fire();
  }
  hide(): void {
    this.#hidden.fire();
  }
  get keys(): (string | undefined)[] {
    return this.items.map(({ key }) => key);
  }
}

describe('choosing a key by typing', () => {
  let store: MemoryStore;
  let pick: FakePick;
  let asked: string[];
  beforeEach(async () => {
    store = new MemoryStore();
    await store.putMany(['config', 'config:v1', 'connect', 'zebra'].map((key) => ({ key, value })));
    pick = new FakePick();
    asked = [];
    store.intercept = (_, prefix) => asked.push(prefix);
  });

  /** The store is asked only once typing has rested: never, with so long a rest. */
  const NEVER = 1_000_000;
  const begin = ({ acceptTyped = true, restMs = NEVER } = {}) => searchKeys(pick, store, { acceptTyped, restMs, hint });
  const answered = (): Promise<void> => eventually(() => assert.equal(pick.busy, false));

  it('offers keys that come after empty pages', async () => {
    const behind = new EmptyPages();
    await behind.put({ key: 'config', value });
    pick.value = 'conf';
    void searchKeys(pick, behind, { acceptTyped: false, restMs: NEVER, hint });
    await answered();
    assert.deepEqual(pick.keys, ['config']);
  });

  it('counts what is left of a key by the clock of its store', async () => {
    const anHourAgo = (): number => nowSeconds() - 3600;
    const clock = { now: anHourAgo, isKnown: true };
    const behind = Object.assign(new MemoryStore(clock), { clock });
    await behind.put({ key: 'brief', value, expiration: anHourAgo() + 1800 });
    void searchKeys(pick, behind, { acceptTyped: false, restMs: NEVER, hint });
    await answered();
    assert.deepEqual(
      pick.items.map(({ key, description }) => [key, description]),
      [['brief', formatRemaining(1800, 0)]],
    );
  });

  it('takes the text of an Enter that comes before the store was asked', async () => {
    pick.value = 'conf';
    const chosen = begin();
    await answered();
    assert.deepEqual(pick.keys, ['conf', 'config', 'config:v1']);
    pick.type('conf:v2');
    assert.deepEqual(pick.keys, ['conf:v2']);
    pick.enter();
    assert.deepEqual(await chosen, ['conf:v2']);
  });

  it('takes the text where rows of an earlier one are still drawn', async () => {
    pick.value = 'conf';
    const chosen = begin();
    await answered();
    pick.isFrozen = true;
    pick.type('conf:v2');
    pick.enter();
    assert.deepEqual(await chosen, ['conf:v2']);
  });

  it('takes no key of an earlier text where only keys that are there count', async () => {
    pick.value = 'conf';
    const chosen = begin({ acceptTyped: false });
    await answered();
    pick.isFrozen = true;
    pick.type('z');
    pick.enter();
    pick.hide();
    assert.equal(await chosen, undefined);
  });

  it('takes the row that has the focus, which it keeps over an answer', async () => {
    pick.value = 'conf';
    let answer = (): void => {};
    const waits = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const list = store.list.bind(store);
    let lists = 0;
    store.list = async (query: ListQuery): Promise<KvPage> => {
      if (lists++ > 0) await waits;
      return list(query);
    };
    const chosen = begin({ restMs: 0 });
    await answered();
    pick.type('con');
    await eventually(() => assert.equal(lists, 2));
    assert.deepEqual(pick.keys, ['con', 'config', 'config:v1']);
    pick.activeItems = pick.items.slice(1, 2);
    answer();
    await eventually(() => assert.deepEqual(pick.keys, ['con', 'config', 'config:v1', 'connect']));
    pick.enter();
    assert.deepEqual(await chosen, ['config']);
  });

  it('calls a key new only when that is known', async () => {
    const chosen = begin();
    pick.type('config');
    assert.deepEqual(
      pick.items.map(({ key, description }) => [key, description]),
      [['config', undefined]],
    );
    await answered();
    assert.deepEqual(pick.keys, ['config', 'config:v1']);
    pick.type('configs');
    assert.deepEqual([pick.items.length, pick.items[0]?.description, asked], [1, 'new key', ['']]);
    pick.enter();
    assert.deepEqual(await chosen, ['configs']);
  });

  it('can write a key of which the store could not be asked', async () => {
    store.intercept = () => {
      throw new Error('offline');
    };
    const chosen = begin({ restMs: 0 });
    pick.type('new');
    await eventually(() => assert.equal(pick.items.at(-1)?.label, 'offline'));
    pick.activeItems = pick.items.slice(-1);
    pick.enter();
    pick.activeItems = pick.items.slice(0, 1);
    pick.enter();
    assert.deepEqual(await chosen, ['new']);
  });

  it('keeps what is checked, whatever is typed', async () => {
    pick.canSelectMany = true;
    const chosen = begin({ acceptTyped: false, restMs: 0 });
    await answered();
    pick.selectedItems = pick.items.slice(3);
    pick.type('config:');
    await eventually(() => assert.deepEqual(pick.keys, ['zebra', 'config:v1']));
    pick.selectedItems = pick.items;
    pick.enter();
    assert.deepEqual(await chosen, ['zebra', 'config:v1']);
  });
});
