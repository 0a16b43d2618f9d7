import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = new URL('../fixtures/workerCode', import.meta.url).pathname;

/** A call that an analysis must find. */
export interface ExpectedCall {
  readonly from: number;
  readonly method: string;
  /** The bindings, joined by commas; `?` for an unknown namespace. */
  readonly bindings: string;
}

/** A file of Worker code with the calls in it. */
export interface WorkerFile {
  readonly path: string;
  readonly names: ReadonlySet<string>;
  readonly text: string;
  readonly calls: readonly ExpectedCall[];
}

/**
 * The files in the folder `workerCode`. Their first line names the bindings that govern them, and before each call
 * there is a mark such as `«get SESSIONS»`. Neither is part of the text.
 */
export function workerFiles(): WorkerFile[] {
  return readdirSync(folder).map((name) => {
    const [header = '', ...lines] = readFileSync(join(folder, name), 'utf8').split('\n');
    const names = new Set(
      header
        .replace(/^KV:/, '')
        .split(',')
        .map((one) => one.trim()),
    );
    return { path: name.replace(/\.txt$/, ''), names, ...unmarked(lines.join('\n')) };
  });
}

/** A text without its marks, and what they say. */
function unmarked(marked: string): Pick<WorkerFile, 'text' | 'calls'> {
  const calls: ExpectedCall[] = [];
  let text = '';
  let at = 0;
  for (const mark of marked.matchAll(/«(\w+) ([\w?,]+)»/g)) {
    text += marked.slice(at, mark.index);
    calls.push({ from: text.length, method: mark[1] ?? '', bindings: mark[2] ?? '' });
    at = mark.index + mark[0].length;
  }
  return { text: text + marked.slice(at), calls };
}
