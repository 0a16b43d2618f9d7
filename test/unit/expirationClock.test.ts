import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { ExpirationClock } from '../../src/tree/expirationClock.ts';
import type { KeyNode } from '../../src/tree/nodes.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { keyNode, namespaceNode } from '../support/treeNodes.ts';

const START = 1_900_000_000;

describe('the clock of expirations', () => {
  const parent = namespaceNode(new MemoryStore());
  let rows: KeyNode[];
  let told: string[];
  let clock: ExpirationClock;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: START * 1000 });
    rows = [];
    told = [];
    const tell = (what: string) => (nodes: readonly KeyNode[]) => {
      told.push(`${what} ${nodes.map(({ key }) => key).join()} at ${Math.floor(Date.now() / 1000) - START}`);
    };
    clock = new ExpirationClock({
      expiring: () => rows,
      changed: tell('changed'),
      expired: (nodes) => {
        tell('expired')(nodes);
        rows = rows.filter((row) => !nodes.includes(row));
      },
    });
  });
  afterEach(() => {
    clock.dispose();
    mock.timers.reset();
  });

  const add = (key: string, seconds: number): void => {
    rows.push(keyNode(parent, { name: key, expiration: START + seconds }));
  };
  const pass = (seconds: number): void => {
    for (let second = 0; second < seconds; second++) mock.timers.tick(1000);
  };

  it('counts seconds down and takes the key out at its end', () => {
    add('a', 3);
    clock.setVisible(true);
    pass(10);
    assert.deepEqual(told, ['changed a at 1', 'changed a at 2', 'expired a at 3']);
  });

  it('moves a row only when it reads differently', () => {
    add('minutes', 5 * 60);
    clock.setVisible(true);
    pass(125);
    assert.ok(told.length >= 2 && told.length <= 3, told.join());
  });

  it('rests while nothing expires and while nobody looks', () => {
    clock.setVisible(true);
    pass(5);
    add('a', 60);
    pass(5);
    assert.deepEqual(told, []);
    clock.wake();
    told = [];
    pass(1);
    assert.deepEqual(told, ['changed a at 11']);
    clock.setVisible(false);
    pass(100);
    assert.equal(told.length, 1);
    clock.setVisible(true);
    assert.deepEqual(told.at(-1), 'expired a at 111');
  });

  it('looks sooner for a row that came later and expires earlier', () => {
    add('late', 50 * 60);
    clock.setVisible(true);
    pass(1);
    add('soon', 3);
    clock.wake();
    pass(2);
    assert.equal(told.at(-1), 'expired soon at 3');
  });

  it('ends with its owner', () => {
    add('a', 2);
    clock.setVisible(true);
    clock.dispose();
    pass(5);
    assert.deepEqual(told, []);
  });
});
