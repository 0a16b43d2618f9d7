import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expand, functionsOf, moduleOf, readSnippets } from '../support/snippets.ts';
import { root } from '../support/texts.ts';

const typescript = readSnippets('media/snippets/typescript.json');
const javascript = readSnippets('media/snippets/javascript.json');

/** Without what does not count: white space, and the comma after the last of a list. */
const essence = (text: string): string => text.replace(/\s+/g, '').replace(/,(?=[)}\]])/g, '');

/** As a module, whose statements may say `await` and `return`. */
const withoutTypes = (text: string): string =>
  functionsOf(text).length > 0
    ? stripTypeScriptTypes(text)
    : stripTypeScriptTypes(`async function run() {\n${text}\n}`).split('\n').slice(1, -1).join('\n');

/** The output of the compiler, which is empty when it has nothing to say. */
function compile(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'kv-snippets-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const compilerOptions = {
      target: 'ES2023',
      lib: ['ES2024'],
      module: 'ESNext',
      moduleResolution: 'Bundler',
      types: [],
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noImplicitReturns: true,
    };
    const workersTypes = join(root, 'node_modules/@cloudflare/workers-types/index.d.ts');
    const config = { compilerOptions, include: ['*.ts'], files: [workersTypes] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' });
    return '';
  } catch (error) {
    const output: unknown = Reflect.get(Object(error), 'stdout');
    return typeof output === 'string' && output !== '' ? output : String(error);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('snippets', () => {
  it('are contributed for both languages, React included', () => {
    const { contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const path = (name: string): string => `./media/snippets/${name}.json`;
    assert.deepEqual(contributes.snippets, [
      { language: 'typescript', path: path('typescript') },
      { language: 'typescriptreact', path: path('typescript') },
      { language: 'javascript', path: path('javascript') },
      { language: 'javascriptreact', path: path('javascript') },
    ]);
  });

  it('have a prefix of their own, a name and a sentence', () => {
    for (const list of [typescript, javascript]) {
      assert.equal(new Set(list.map(({ prefix }) => prefix)).size, list.length);
      for (const { prefix, name, description } of list) {
        assert.match(prefix, /^kv(-[a-z]+)+$/);
        assert.match(name, /^KV: [A-Z]/);
        assert.match(description, /^[A-Z].*\.$/, name);
      }
    }
  });

  it('end with the cursor, indent with tabs, and comment nothing', () => {
    for (const { name, body } of [...typescript, ...javascript]) {
      assert.match(body, /\n\$0$/, name);
      assert.equal(body.split('$0').length, 2, name);
      assert.doesNotMatch(body, /^ |\/\/|\/\*/m, name);
    }
  });

  it('are the same in JavaScript, but for the types', () => {
    const about = (list: typeof typescript) => list.map(({ body: _, ...rest }) => rest);
    assert.deepEqual(about(javascript), about(typescript));
    for (const [at, snippet] of typescript.entries()) {
      const plain = expand(javascript[at] ?? assert.fail(snippet.name));
      assert.deepEqual(
        plain.map(essence),
        expand(snippet).map((text) => essence(withoutTypes(text))),
        snippet.name,
      );
    }
  });

  it('are what a strict compiler takes', () => {
    const files = Object.fromEntries(
      typescript.flatMap((snippet) =>
        expand(snippet).map((text, turn) => [
          `${snippet.prefix}-${turn}.ts`,
          moduleOf(text, 'env: { KV: KVNamespace }, key: string, keys: string[]', 'value'),
        ]),
      ),
    );
    assert.equal(compile(files), '');
    const wrong = 'export const list = (kv: KVNamespace, cursor?: string) => kv.list({ cursor });';
    assert.match(compile({ 'wrong.ts': wrong }), /exactOptionalPropertyTypes/, 'it is strict');
  });
});
