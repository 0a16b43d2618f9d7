import assert from 'node:assert/strict';
import { Emitter } from '../../src/core/base/event.ts';
import { onFirstUse } from '../../src/core/base/onFirstUse.ts';
import { LaterGroup } from '../../src/core/store/laterGroup.ts';
import { type SourceGroup, SourceRegistry } from '../../src/core/store/sourceRegistry.ts';
import type { KvSource } from '../../src/core/store/store.ts';

class Counter {
  #count = 0;
  step = 1;

  add(): number {
    this.#count += this.step;
    return this.#count;
  }

  get count(): number {
    return this.#count;
  }
}

describe('an object that is made on first use', () => {
  it('is made once, and is itself in its methods, getters and fields', () => {
    let made = 0;
    const counter = onFirstUse(() => {
      made++;
      return new Counter();
    });
    assert.equal(made, 0);
    const { add } = counter;
    assert.deepEqual([add(), counter.add(), counter.count], [1, 2, 2]);
    counter.step = 10;
    assert.deepEqual([counter.add(), made], [12, 1]);
  });

  it('is tried again where it could not be made', () => {
    let isBroken = true;
    const counter = onFirstUse(() => {
      if (isBroken) throw new Error('its bundle is not there');
      return new Counter();
    });
    assert.throws(() => counter.count, /bundle/);
    isBroken = false;
    assert.equal(counter.count, 0);
  });
});

describe('a group of sources that is made later', () => {
  const noEvent = () => ({ dispose() {} });
  const source = { id: 'local-1', kind: 'local', onDidChange: noEvent } as Partial<KvSource> as KvSource;

  it('has none until then, and is waited for', async () => {
    const later = new LaterGroup();
    const registry = new SourceRegistry([later], () => undefined);
    let changes = 0;
    registry.onDidChange(() => changes++);
    const found = registry.source('local-1');
    assert.deepEqual(registry.sources, []);

    const changed = new Emitter<void>();
    const first = Promise.withResolvers<void>();
    const sources: KvSource[] = [];
    const group: SourceGroup = {
      sources,
      onDidChange: changed.event,
      shown: Promise.resolve(),
      ready: first.promise,
    };
    later.begin(group);
    await registry.shown();
    sources.push(source);
    changed.fire();
    // It is there long before the search ends.
    assert.equal(await found, source);
    assert.deepEqual([registry.sources, changes], [[source], 1]);
    const missing = assert.rejects(registry.source('local-2'), { kind: 'namespaceNotFound' });
    first.resolve();
    await missing;
    registry.dispose();
    later.dispose();
    changed.fire();
    assert.equal(changes, 1);
  });
});
