import assert from 'node:assert/strict';
import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { localFolder } from '../support/localFolder.ts';
import { writeProject } from '../support/wrangler.ts';
import { root } from '../vscodeHost/paths.ts';
import { type Bench, type Figure, kB, median, ms } from './figure.ts';
import type { Activation } from './host/measured.ts';
import { inHost } from './inHost.ts';

const HOSTS = 7;
/** The main bundle, and what it requires at once. */
const MAIN = ['extension.cjs', 'l10n.cjs'];
const LAZY = ['SQLite thread', 'parsers.cjs'];

async function measure(): Promise<Activation[]> {
  const local = localFolder();
  try {
    writeProject(local.folder, { KV: 'some' });
    await local.source.store('some').put({ key: 'key', value: Buffer.from('value') });
    const all: Activation[] = [];
    for (let i = 0; i < HOSTS; i++) all.push(await inHost<Activation>('activation', realpathSync(local.folder)));
    return all;
  } finally {
    local.dispose();
  }
}

/**
 * `activate()` in fresh extension hosts, on a project with a config and a key; what it must not load; the bundle's
 * size.
 */
export const activation: Bench = async (): Promise<readonly Figure[]> => {
  const all = await measure();
  // Else nothing would prove that what is not there early is noticed at all.
  for (const { late, early } of all) assert.ok(LAZY.every((name) => late.includes(name) || early.includes(name)));
  const activateMs = median(all.map((run) => run.activateMs));
  const loadMs = median(all.map((run) => run.loadMs));
  const fastestMs = Math.min(...all.map((run) => run.activateMs));
  const early = new Set(all.flatMap((run) => run.early));
  const bytes = MAIN.reduce((sum, file) => sum + statSync(join(root, 'dist', file)).size, 0);
  return [
    {
      work: 'activate(), in the extension host',
      mustReach: 'under 15 ms, with the module’s load under 25 ms; parsers and SQLite not loaded yet',
      measured: `${ms(activateMs)}, fastest ${ms(fastestMs)} (module load before it ${ms(loadMs)})${early.size > 0 ? `, loads ${[...early].join(', ')}` : ''}`,
      ok: activateMs < 15 && activateMs + loadMs < 25 && early.size === 0,
      numbers: { activateMs, fastestMs, loadMs, loadedEarly: early.size },
    },
    {
      work: 'main bundle, minified',
      mustReach: 'under 280 kB',
      measured: kB(bytes),
      ok: bytes < 280_000,
      numbers: { bytes },
    },
  ];
};
