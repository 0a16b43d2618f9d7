// npm run bench [-- NAME…]: all figures, or those whose file names begin so; the raw numbers go to .bench/results.json.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { root } from '../vscodeHost/paths.ts';
import { activation } from './activation.ts';
import type { Bench, Figure } from './figure.ts';
import { localList } from './localList.ts';
import { localPut } from './localPut.ts';

const benches: Readonly<Record<string, Bench>> = { activation, localList, localPut };

function table(figures: readonly Figure[]): string {
  const rows = [
    ['work', 'must reach', 'measured', ''],
    ...figures.map(({ work, mustReach, measured, ok }) => [work, mustReach, measured, ok ? 'pass' : 'FAIL']),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const wanted = process.argv.slice(2);
const chosen = Object.entries(benches).filter(
  ([name]) => wanted.length === 0 || wanted.some((start) => name.startsWith(start)),
);
const figures: Figure[] = [];
for (const [name, bench] of chosen) {
  console.log(`… ${name}`);
  figures.push(...(await bench()));
}
console.log(`\n${table(figures)}`);

const folder = join(root, '.bench');
mkdirSync(folder, { recursive: true });
const machine = { node: process.version, platform: process.platform, processors: cpus().length };
writeFileSync(
  join(folder, 'results.json'),
  `${JSON.stringify({ date: new Date().toISOString(), machine, figures }, null, 2)}\n`,
);
process.exitCode = figures.every((figure) => figure.ok) ? 0 : 1;
