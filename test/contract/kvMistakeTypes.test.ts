import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mistakes } from '../support/kvMistakes.ts';
import { root } from '../vscodeHost/paths.ts';

/** Strict, with the types that `wrangler types` writes. */
const config = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    target: 'ES2022',
    module: 'ESNext',
    moduleResolution: 'Bundler',
    lib: ['ES2024'],
    types: [join(root, 'node_modules/@cloudflare/workers-types/index.d.ts')],
  },
  include: ['*.ts'],
};

const worker = (statements: string): string => `
export default {
  async fetch(_: Request, env: { KV: KVNamespace }, __: ExecutionContext): Promise<unknown> {
    const now = Math.floor(Date.now() / 1000);
    const ends = async (name: string) => now > name.length;
    void ends;
    ${statements}
    return undefined;
  },
};
`;

describe('What TypeScript says of mistakes with KV', () => {
  /** The files that it reports. */
  let reported: ReadonlySet<string>;

  before(() => {
    const folder = mkdtempSync(join(tmpdir(), 'kv-types-'));
    try {
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
      for (const [index, { wrong, right }] of mistakes.entries()) {
        writeFileSync(join(folder, `wrong${index}.ts`), worker(wrong));
        writeFileSync(join(folder, `right${index}.ts`), worker(right));
      }
      const told = compile(folder);
      reported = new Set([...told.matchAll(/((?:wrong|right)\d+)\.ts[(:]\d+/g)].map(([, name]) => name ?? ''));
      assert.ok(reported.size > 0, told);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  for (const [index, { code, name, isReported }] of mistakes.entries()) {
    it(`${code}, ${name}: ${isReported ? 'reported' : 'not reported'}`, () => {
      assert.equal(reported.has(`wrong${index}`), isReported);
      // What is no mistake to it before is none after.
      if (!isReported) assert.ok(!reported.has(`right${index}`));
    });
  }
});

/** What the compiler writes; it fails where it finds errors. */
function compile(folder: string): string {
  try {
    return execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], {
      encoding: 'utf8',
    });
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout);
  }
}
