import fc from 'fast-check';
import { validated } from '../../../src/core/store/wrappers/validated.ts';
import { MemoryFiles } from '../memoryFiles.ts';
import { acts, seeds } from './scenarios.ts';
import { World } from './world.ts';

const files = new MemoryFiles();
const [, , kind = 'compares', runs = '500', seed] = process.argv;
const start = performance.now();
let n = 0;
let steps = 0;
const result = await fc.check(
  fc.asyncProperty(acts, seeds, async (a, s) => {
    n++;
    const world = new World({ seed: s, acts: a, kind: kind as 'compares', wrap: validated }, files);
    const faults = await world.run();
    steps += world.turns.steps;
    if (faults.length > 0) throw new Error(faults.join('\n'));
  }),
  { numRuns: Number(runs), ...(seed && { seed: Number(seed) }), interruptAfterTimeLimit: 60000 },
);
console.log(n, 'runs', Math.round(performance.now() - start), 'ms', steps, 'steps');
if (result.failed) console.log(JSON.stringify(result.counterexample), result.seed, String(result.errorInstance));
