import { availableParallelism } from 'node:os';
import { installHost } from '../vscodeHost/install.ts';
import { runScript } from './command.ts';
import { HOSTS, runHostTests } from './host.ts';
import { runMocha } from './mocha.ts';
import { type Outcome, single } from './outcome.ts';

/** A stage, or a part of one: what one lane runs without a break. */
export interface Piece {
  readonly stage: string;
  /** Tells it from the others of its stage. */
  readonly part?: string;
  /** `isBeside` when its output is to be kept until it ends, since others print meanwhile. */
  run(grep: string | undefined, isBeside: boolean): Promise<Outcome>;
}

async function check(name: string, isBeside: boolean, script: string, ...args: string[]): Promise<Outcome> {
  return single(name, await runScript(script, args, { isBeside }));
}

async function checkTypes(isBeside: boolean): Promise<Outcome> {
  // What runs in a page knows the browser, what runs in an account knows Workers, and neither knows Node.
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
 * All pieces of the test run, in steps: the next one begins when the last has ended. The lanes of a step take its
 * pieces in this order, each when it has ended another: what takes longest first, then what waits most, and what is
 * short at the end.
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
