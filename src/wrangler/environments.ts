import { readFile } from 'node:fs/promises';
import { isTable } from '../core/base/table.ts';
import { withoutMark } from '../core/text/withoutMark.ts';
import { readConfigText } from './outline.ts';

/** The environments that a config on disk has, in its order; `undefined` where it cannot be read. */
export async function environmentsOf(path: string): Promise<readonly string[] | undefined> {
  try {
    const [text, parsers] = await Promise.all([readFile(path, 'utf8'), import('./parsers.lazy.ts')]);
    const { value, problem } = readConfigText(path, withoutMark(text), parsers);
    if (problem || !isTable(value)) return undefined;
    return isTable(value.env) ? Object.keys(value.env) : [];
  } catch {
    // Whoever adds to it is told what is wrong.
    return undefined;
  }
}
