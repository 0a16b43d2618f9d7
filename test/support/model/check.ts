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
  /** Ends with the first run that shows this fault, and takes no notice of others; any fault counts unless given. */
  readonly shows?: RegExp;
  /** What a window puts around its store; what each real one has around it unless given. */
  readonly wrap?: Scenario['wrap'];
  /** Told of each run that is over. */
  readonly onRun?: (world: World) => void;
}

const asForAll: NonNullable<Scenario['wrap']> = (store) =>
  readOnly(
    validated(store, () => clockOf(store).now()),
    () => undefined,
  );

/** Many runs; what they have come to, with the seed that shows a fault again. */
export async function checkModel(
  files: MemoryFiles,
  { kind, runs, seed, mutation, trouble, shows, wrap = asForAll, onRun }: CheckOptions,
) {
  // Errors are many here, and nobody looks at where they come from.
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
