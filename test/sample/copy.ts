import { mkdtempSync, rmSync } from 'node:fs';
import { cp, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { memoryFolder } from '../support/memoryFolder.ts';
import { makeSample } from './make.ts';

/** Names a sample project that another process has made for this one. */
export const sampleVariable = 'KV_TEST_SAMPLE';

let original: Promise<string> | undefined;

async function makeOriginal(): Promise<string> {
  const folder = mkdtempSync(join(memoryFolder(), 'cloudflare-kv-sample-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const shop = join(folder, 'shop');
  await makeSample(shop);
  return shop;
}

/** A sample project to copy, or to give to other processes; it is made once, which takes longer than many tests. */
export function sample(): Promise<string> {
  const given = process.env[sampleVariable];
  original ??= given === undefined ? makeOriginal() : Promise.resolve(given);
  return original;
}

/** Puts a fresh copy of the sample project where told and answers its real path. */
export async function copySample(target: string): Promise<string> {
  await cp(await sample(), target, { recursive: true });
  return await realpath(target);
}
