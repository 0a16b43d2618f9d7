import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { generated } from '../vscodeHost/paths.ts';

/** What this run generates, apart from other runs in the same checkout; removed when the process ends. */
export const runFolder = join(generated, `run-${process.pid}`);

mkdirSync(runFolder, { recursive: true });
process.once('exit', () => rmSync(runFolder, { recursive: true, force: true }));
