import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { root } from '../vscodeHost/paths.ts';
import type { Figure } from './figure.ts';
import { markdown } from './table.ts';

const folder = join(root, '.bench');
const file = join(folder, 'results.json');

/** What one bench measured last. */
interface Result {
  readonly date: string;
  readonly figures: readonly Figure[];
}

type Results = Readonly<Record<string, Result>>;

function earlier(): Results {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).benches ?? {};
  } catch {
    // None yet, or one that broke off while writing.
    return {};
  }
}

/**
 * Writes `.bench/results.json` and the same as a table for people in `.bench/results.md`. What is not measured this
 * time stays as it was; `names` are all benches there are, in the order of the table.
 */
export function writeResults(names: readonly string[], measured: ReadonlyMap<string, readonly Figure[]>): void {
  const before = earlier();
  const date = new Date().toISOString();
  const benches: Results = Object.fromEntries(
    names.flatMap((name) => {
      const figures = measured.get(name);
      const result = figures ? { date, figures } : before[name];
      return result ? [[name, result]] : [];
    }),
  );
  const machine = {
    node: process.version,
    platform: process.platform,
    architecture: process.arch,
    processors: cpus().length,
    wrangler: packageJson.devDependencies.wrangler,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify({ machine, benches }, null, 2)}\n`);
  const figures = Object.values(benches).flatMap((result) => result.figures);
  const where = `wrangler ${machine.wrangler}, Node ${machine.node}, ${machine.platform} ${machine.architecture}, ${machine.processors} processors`;
  writeFileSync(join(folder, 'results.md'), `${markdown(figures)}\n\nMeasured with ${where}.\n`);
}
