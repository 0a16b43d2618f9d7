import assert from 'node:assert/strict';
import { stripTypeScriptTypes } from 'node:module';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { readViteProject } from '../../src/wrangler/vite/readViteProject.ts';
import { ViteWriter } from '../support/vitePrograms.ts';

const FOLDER = '/w/app';

/** What a program comes to when it runs. */
interface Outcome {
  readonly root: string;
  readonly own: readonly string[];
  readonly stateFolder: string | undefined;
}

/** A value of these programs, of which only texts matter. */
type Options = Readonly<Record<string, unknown>> | undefined;

async function run(code: string, isOn: boolean): Promise<Outcome> {
  const script = stripTypeScriptTypes(code)
    .replace('export default', 'out.exported =')
    .replace(/export \{ (\w+) as default \}/, 'out.exported = $1');
  const given: Options[] = [];
  const out: { exported?: unknown } = {};
  const cloudflare = (options: Options): void => void given.push(options);
  const same = (value: unknown): unknown => value;
  new Function('isOn', 'cloudflare', 'defineConfig', 'out', `'use strict';${script}`)(isOn, cloudflare, same, out);
  const { exported } = out;
  const config = (await (typeof exported === 'function' ? exported({ mode: 'y' }) : exported)) as Options;
  const root = resolve(FOLDER, String(config?.root ?? ''));
  assert.equal(given.length, 1);
  const [options] = given;
  const kept = (options?.persistState as Options)?.path;
  return {
    root,
    own: typeof options?.configPath === 'string' ? [resolve(root, options.configPath)] : [],
    stateFolder: typeof kept === 'string' ? resolve(root, kept) : undefined,
  };
}

describe('any config of Vite that is read', () => {
  it('says what it comes to when it runs, or of which setting that nobody knows', async () => {
    let plain = 0;
    const program = fc
      .array(fc.nat(), { minLength: 60, maxLength: 60 })
      .map((choices) => new ViteWriter((below) => (choices.pop() ?? 0) % below).program());
    await fc.assert(
      fc.asyncProperty(program, async ({ code, isPlain }) => {
        const found = readViteProject(
          `${FOLDER}/vite.config.ts`,
          `import { cloudflare } from '@cloudflare/vite-plugin';\n${code}`,
        );
        assert.ok(found);
        const isTold = (about: string) => found.hints.some((hint) => hint.about === about);
        if (isPlain) {
          assert.deepEqual(found.hints, []);
          plain++;
        }
        for (const isOn of [true, false]) {
          const truth = await run(code, isOn);
          if (isTold('root')) continue;
          assert.equal(found.root, truth.root);
          if (!isTold('configPath')) assert.deepEqual(found.own, truth.own);
          if (!isTold('persistState')) assert.equal(found.stateFolder, truth.stateFolder);
        }
      }),
      { numRuns: 1500 },
    );
    assert.ok(plain > 100, String(plain));
  });
});
