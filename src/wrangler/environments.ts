import { isTable } from '../core/base/table.ts';
import { withoutMark } from '../core/text/withoutMark.ts';
import { readConfigText } from './outline.ts';
import { readProjectText } from './readProjectText.ts';

/** The environments of a config on disk, in file order; `undefined` if it cannot be read, or not from these folders. */
export async function environmentsOf(path: string, within?: readonly string[]): Promise<readonly string[] | undefined> {
  try {
    const [text, parsers] = await Promise.all([readProjectText(path, within), import('./parsers.lazy.ts')]);
    const { value, problem } = readConfigText(path, withoutMark(text), parsers);
    if (problem || !isTable(value)) return undefined;
    return isTable(value.env) ? Object.keys(value.env) : [];
  } catch {
    // Adding to the config reports what is wrong with it.
    return undefined;
  }
}
