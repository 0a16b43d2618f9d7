import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { ExpirationClock, PORTION } from '../../src/tree/expirationClock.ts';
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

  it('counts by the clock of the source, and evenly where that is off by what an answer takes', () => {
    const off = (seconds: number) => ({ isKnown: true, now: () => Math.floor(Date.now() / 1000) + seconds });
    for (const [key, seconds] of [
      ['behind', -3600],
      ['slow', -3],
    ] as const) {
      const node = namespaceNode(new MemoryStore(), [], off(seconds));
      rows.push(keyNode(node, { name: key, expiration: START + 3 + (key === 'behind' ? seconds : 0) }));
    }
    clock.setVisible(true);
    pass(10);
    assert.deepEqual(told, ['changed behind,slow at 1', 'changed behind,slow at 2', 'expired behind,slow at 3']);
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

  describe('with many rows', () => {
    const ROWS = 5000;
    let drawn: number[];
    let busiest: number;

    beforeEach(() => {
      drawn = [];
      clock.dispose();
      clock = new ExpirationClock({
        expiring: () => rows,
        changed: (nodes) => drawn.push(nodes.length),
        expired: (nodes) => {
          told.push(`${nodes.length}`);
          const gone = new Set(nodes);
          rows = rows.filter((row) => !gone.has(row));
        },
      });
    });

    const passFinely = (seconds: number): void => {
      busiest = 0;
      for (let second = 0; second < seconds; second++) {
        const before = drawn.length;
        for (let step = 0; step < 4; step++) mock.timers.tick(250);
        busiest = Math.max(
          busiest,
          drawn.slice(before).reduce((sum, count) => sum + count, 0),
        );
      }
    };
    const drawings = (): number => drawn.reduce((sum, count) => sum + count, 0);

    it('draws each once for its last minute, in portions, and lets all go together', () => {
      for (let i = 0; i < ROWS; i++) add(`k${i}`, 90);
      clock.setVisible(true);
      passFinely(89);
      assert.equal(clock.lastMinute, 'whole');
      assert.equal(Math.max(...drawn), PORTION);
      assert.ok(busiest <= 5 * PORTION, `${busiest} in a second`);
      assert.equal(drawings(), ROWS);
      passFinely(1);
      assert.deepEqual(told, [`${ROWS}`]);
      assert.equal(drawings(), ROWS);
    });

    it('counts seconds again when few are left in their last minute', () => {
      for (let i = 0; i < ROWS; i++) add(`k${i}`, 20);
      add('last', 40);
      clock.setVisible(true);
      passFinely(19);
      const before = drawings();
      assert.equal(clock.lastMinute, 'whole');
      passFinely(1);
      assert.equal(clock.lastMinute, 'seconds');
      passFinely(10);
      assert.ok(drawings() - before >= 10);
    });
  });

  it('ends with its owner', () => {
    add('a', 2);
    clock.setVisible(true);
    clock.dispose();
    pass(5);
    assert.deepEqual(told, []);
  });
});
