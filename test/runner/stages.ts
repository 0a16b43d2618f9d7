import { availableParallelism } from 'node:os';
import { installHost } from '../vscodeHost/install.ts';
import { runScript } from './command.ts';
import { HOSTS, runHostTests } from './host.ts';
import { runMocha } from './mocha.ts';
import { type Outcome, single } from './outcome.ts';

/** A stage, or a part of one, which one lane runs without interruption. */
export interface Piece {
  readonly stage: string;
  /** Distinguishes it from other parts of its stage. */
  readonly part?: string;
  /** With `isBeside`, its output is buffered until it ends, because others print meanwhile. */
  run(grep: string | undefined, isBeside: boolean): Promise<Outcome>;
}

async function check(name: string, isBeside: boolean, script: string, ...args: string[]): Promise<Outcome> {
  return single(name, await runScript(script, args, { isBeside }));
}

async function checkTypes(isBeside: boolean): Promise<Outcome> {
  // Code in a page has the browser's types and code in an account those of Workers; neither has Node's.
  for (const project of ['.', 'src/pages/webview', 'src/inside/worker']) {
    const outcome = await check('types', isBeside, 'node_modules/typescript/bin/tsc', '-p', project);
    if (outcome.failed > 0) return outcome;
  }
  return single('types', true);
}

const host = (index: number): Piece => ({
  stage: 'host',
  part: `${index + 1} of ${HOSTS}`,
  run: (grep, isBeside) => runHostTests(index, grep, isBeside),
});

/**
 * All pieces of the test run, in steps: a step begins when the previous one has ended. The lanes of a step take its
 * pieces in this order, each as soon as it is free: first the slowest, then those that mostly wait, and finally the
 * short ones.
 */
export const steps: readonly { readonly lanes: number; readonly pieces: readonly Piece[] }[] = [
  {
    lanes: 2,
    pieces: [
      { stage: 'package', run: (_, isBeside) => check('package', isBeside, 'scripts/package.ts') },
      { stage: 'types', run: (_, isBeside) => checkTypes(isBeside) },
      {
        stage: 'lint',
        run: (_, isBeside) =>
          check('lint', isBeside, 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'),
      },
      { stage: 'knip', run: (_, isBeside) => check('knip', isBeside, 'node_modules/knip/bin/knip.js') },
    ],
  },
  {
    lanes: Math.min(3, Math.max(2, availableParallelism())),
    pieces: [
      {
        stage: 'ui',
        run: async (grep, isBeside) => {
          installHost();
          return await runMocha('ui', grep, isBeside);
        },
      },
      host(0),
      { stage: 'contract', run: (grep, isBeside) => runMocha('contract', grep, isBeside) },
      host(1),
      { stage: 'unit', run: (grep, isBeside) => runMocha('unit', grep, isBeside) },
    ],
  },
];
