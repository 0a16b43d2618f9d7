import { installHost } from '../vscodeHost/install.ts';
import { runScript } from './command.ts';
import { runHostTests } from './host.ts';
import { runMocha } from './mocha.ts';
import { type Outcome, single } from './outcome.ts';

/** `isBeside` when others run at the same time. */
type Stage = (grep: string | undefined, isBeside: boolean) => Promise<Outcome>;

async function check(name: string, script: string, ...args: string[]): Promise<Outcome> {
  return single(name, await runScript(script, args));
}

/** All stages of the test run, in their order. */
export const stages = {
  types: async () => {
    const tsc = 'node_modules/typescript/bin/tsc';
    const all = await check('types', tsc);
    if (all.failed > 0) return all;
    // What runs in a page knows the browser, what runs in an account knows Workers, and neither knows Node.
    const page = await check('types', tsc, '-p', 'src/pages/webview');
    return page.failed > 0 ? page : await check('types', tsc, '-p', 'src/inside/worker');
  },
  lint: () => check('lint', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'),
  knip: () => check('knip', 'node_modules/knip/bin/knip.js'),
  unit: (grep, isBeside) => runMocha('unit', grep, isBeside),
  contract: (grep, isBeside) => runMocha('contract', grep, isBeside),
  package: () => check('package', 'scripts/package.ts'),
  host: runHostTests,
  ui: async (grep) => {
    installHost();
    return await runMocha('ui', grep);
  },
} satisfies Record<string, Stage>;
