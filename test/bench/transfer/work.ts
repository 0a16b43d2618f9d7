import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** An import or export of a whole local namespace, for a process that does nothing else. */
export interface Work {
  readonly direction: 'import' | 'export';
  /** The project folder of the local state. */
  readonly folder: string;
  readonly namespace: string;
  /** Absolute; its ending names the format. */
  readonly file: string;
}

export interface Worked {
  readonly ms: number;
  readonly done: number;
  /** The most memory that the process took, less what it took when the first page of the namespace had been read. */
  readonly growthBytes: number;
  /** The most of its JavaScript heap that was in use, garbage included. */
  readonly heapBytes: number;
}

/**
 * In MB. Node takes up to 32 of them where the machine has much memory, and garbage fills three times as much before
 * any is collected: the figure would tell of the machine.
 */
const YOUNG_HALF_MB = 16;

const run = promisify(execFile);

/** Does the work as the commands do it, in a process of its own. */
export async function inProcess(work: Work): Promise<Worked> {
  const script = join(import.meta.dirname, 'process.ts');
  const flags = [`--max-semi-space-size=${YOUNG_HALF_MB}`, '--expose-gc'];
  const { stdout } = await run(process.execPath, [...flags, script, JSON.stringify(work)]);
  return JSON.parse(stdout);
}
