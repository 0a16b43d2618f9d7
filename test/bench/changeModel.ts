import fc from 'fast-check';
import { MemoryFiles } from '../support/memoryFiles.ts';
import { checkModel } from '../support/model/check.ts';
import type { Trouble } from '../support/model/world.ts';
import { type Bench, type Figure, ms, timed } from './figure.ts';

const RUNS = 1_000_000;
/** Told of after so many. */
const PART = 10_000;
/** One after the other, part by part. */
const TROUBLES: readonly (Trouble | undefined)[] = [undefined, 'lifetimes', 'unreadable', 'littleRoom'];

/** Hours of what the unit tests do for seconds: `npm run bench -- changeModel`, or this file with a number of runs. */
async function explore(kind: 'compares' | 'reviews', runs: number): Promise<Figure> {
  const files = new MemoryFiles();
  try {
    const first = Date.now() % 0x7fff_ffff;
    let made = 0;
    const { ms: took, result: fault } = await timed(async () => {
      for (let seed = first; made < runs; seed++) {
        const trouble = TROUBLES[(seed - first) % TROUBLES.length];
        const result = await checkModel(files, { kind, trouble, seed, runs: Math.min(PART, runs - made) });
        made += result.numRuns;
        console.log(`${kind}: ${trouble ?? 'no more trouble'}, seed ${seed}, ${made.toLocaleString('en')} runs`);
        if (result.failed) return `${fc.defaultReportMessage(result)}\n${String(result.errorInstance)}`;
      }
      return '';
    });
    if (fault !== '') console.error(fault);
    return {
      work: `two windows, a Worker and a network, on a store that ${kind}`,
      mustReach: 'nothing is lost, in any order of their steps',
      measured: `${made.toLocaleString('en')} runs in ${ms(took)}, ${fault === '' ? 'no fault' : 'a fault'}`,
      ok: fault === '',
      numbers: { runs: made, ms: took },
    };
  } finally {
    files.dispose();
  }
}

const both = async (runs: number) => [await explore('compares', runs / 2), await explore('reviews', runs / 2)];

/** Not among those that are run unless it is named. */
export const changeModel: Bench = () => both(RUNS);

if (import.meta.main) {
  const figures = await both(Number(process.argv[2] ?? RUNS));
  for (const { work, measured } of figures) console.log(`${work}: ${measured}`);
  process.exitCode = figures.every(({ ok }) => ok) ? 0 : 1;
}
