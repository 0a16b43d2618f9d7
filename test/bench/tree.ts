import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { localFolder } from '../support/localFolder.ts';
import { writeProject } from '../support/wrangler.ts';
import { type Bench, type Figure, MB, ms } from './figure.ts';
import type { Tree } from './host/measured.ts';
import { inHost } from './inHost.ts';

const GROUPS = 100;
const KEYS_OF_GROUP = 1000;

const entry = (i: number): KvEntry => ({
  key: `team-${String(Math.floor(i / KEYS_OF_GROUP)).padStart(2, '0')}:member-${String(i % KEYS_OF_GROUP).padStart(4, '0')}`,
  value: new Uint8Array([i & 255]),
  metadata: { role: i % 7 === 0 ? 'admin' : 'guest', version: i },
});

async function measure(): Promise<Tree> {
  const local = localFolder();
  try {
    writeProject(local.folder, { MANY: 'many' });
    const entries = Array.from({ length: GROUPS * KEYS_OF_GROUP }, (_, i) => entry(i));
    assert.equal((await local.source.store('many').putMany(entries)).done, entries.length);
    return await inHost<Tree>('tree', realpathSync(local.folder));
  } finally {
    local.dispose();
  }
}

/**
 * Every row of 100,000 keys in 100 groups, half of the groups read by the command and half as the view asks for them.
 * The workbench drawing a group is told too, as VS Code's part of it is not ours to change.
 */
export const tree: Bench = async (): Promise<readonly Figure[]> => {
  const { groups, keys, ...numbers } = await measure();
  assert.deepEqual([groups, keys], [GROUPS, GROUPS * KEYS_OF_GROUP]);
  const { heapBytes, commandMs, expandMs, shownMs } = numbers;
  return [
    {
      work: 'tree over 100,000 keys in 100 groups',
      mustReach: 'under 80 MB more heap',
      measured: MB(heapBytes),
      ok: heapBytes < 80e6,
      numbers: { heapBytes },
    },
    {
      work: 'expanding one of these groups',
      mustReach: 'under 100 ms',
      measured: `${ms(commandMs)} by command, ${ms(expandMs)} in the view (drawn by the workbench after ${ms(shownMs)})`,
      ok: commandMs < 100 && expandMs < 100,
      numbers,
    },
  ];
};
