import { mkdtempSync, rmSync } from 'node:fs';
import { cp, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { memoryFolder } from '../support/memoryFolder.ts';
import { makeSample } from './make.ts';

let original: Promise<string> | undefined;

async function makeOriginal(): Promise<string> {
  const folder = mkdtempSync(join(memoryFolder(), 'cloudflare-kv-sample-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const shop = join(folder, 'shop');
  await makeSample(shop);
  return shop;
}

/** Puts a fresh copy of the sample project where told and answers its real path; it is made once in a process. */
export async function copySample(target: string): Promise<string> {
  original ??= makeOriginal();
  await cp(await original, target, { recursive: true });
  return await realpath(target);
}
