import fc from 'fast-check';
import { clockOf } from '../../../src/core/entry/lifetimeClock.ts';
import { readOnly } from '../../../src/core/store/wrappers/readOnly.ts';
import { validated } from '../../../src/core/store/wrappers/validated.ts';
import type { MemoryFiles } from '../memoryFiles.ts';
import { actsOf, seeds } from './scenarios.ts';
import { type Mutation, type Scenario, type Trouble, World } from './world.ts';

export interface CheckOptions {
  readonly kind: Scenario['kind'];
  readonly runs: number;
  readonly seed?: number;
  readonly mutation?: Mutation;
  readonly trouble?: Trouble | undefined;
  /** Stops at the first run with this fault and ignores others; by default, any fault counts. */
  readonly shows?: RegExp;
  /** What a window wraps around its store; by default, the wrapper that the real kind of store has. */
  readonly wrap?: Scenario['wrap'];
  /** Called after each run. */
  readonly onRun?: (world: World) => void;
}

const asForAll: NonNullable<Scenario['wrap']> = (store) =>
  readOnly(
    validated(store, () => clockOf(store).now()),
    () => undefined,
  );

/** Does many runs; returns their results, and the seed that reproduces a fault. */
export async function checkModel(
  files: MemoryFiles,
  { kind, runs, seed, mutation, trouble, shows, wrap = asForAll, onRun }: CheckOptions,
) {
  // There are many errors here, and nobody looks at their stacks.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const property = fc.asyncProperty(actsOf(trouble), seeds, async (all, turns) => {
      const world = new World({ kind, acts: all, seed: turns, mutation, trouble, wrap }, files);
      const faults = (await world.run()).filter((fault) => shows?.test(fault) !== false);
      onRun?.(world);
      if (faults.length > 0) throw new Error(faults.join('\n'));
    });
    return await fc.check(property, {
      numRuns: runs,
      endOnFailure: mutation !== undefined,
      ...(seed !== undefined && { seed }),
    });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
