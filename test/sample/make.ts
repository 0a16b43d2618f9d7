import { execFile } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { wranglerEntry } from '../support/wrangler.ts';
import { apiContent, flagsContent, shopContent } from './content.ts';
import { seed } from './seed.ts';

async function bulkPutFlags(folder: string): Promise<void> {
  const file = join(folder, 'flags.json');
  writeFileSync(file, JSON.stringify(flagsContent));
  await promisify(execFile)(
    process.execPath,
    ['--no-warnings', wranglerEntry, 'kv', 'bulk', 'put', file, '--binding', 'FLAGS', '--preview', '--local'],
    { cwd: folder, env: { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false' } },
  );
  rmSync(file);
}

async function fillShop(folder: string): Promise<void> {
  await bulkPutFlags(folder);
  await seed(join(folder, '.wrangler', 'state', 'v3'), shopContent);
}

/**
 * Makes the sample project anew: a Worker "shop" with a nested package, its KV data written by wrangler and Miniflare.
 * What was in the folder is gone.
 */
export async function makeSample(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(import.meta.dirname, 'project'), folder, { recursive: true });
  await Promise.all([fillShop(folder), seed(join(folder, 'packages/api/.wrangler/state/v3'), apiContent)]);
}
