import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { registerCodeHelp } from '../../src/language/registerCodeHelp.ts';
import type { Services } from '../../src/services.ts';
import { readProjectText } from '../../src/wrangler/readProjectText.ts';
import { eventually } from '../support/eventually.ts';
import { closeEditors, workspace } from './support.ts';

describe('what starts the help inside Worker code', () => {
  const folder = join(workspace, 'code-start');
  before(() => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'worker-configuration.d.ts'),
      'interface __BaseEnv_Env {\n\tDECLARED?: KVNamespace;\n\tBUCKET: R2Bucket;\n}\n',
    );
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(closeEditors);

  /** Whether it has started with this code before an editor. */
  async function starts(name: string, code: string): Promise<boolean> {
    let asked = 0;
    let isStarted = false;
    const services = {
      projects: {
        get configs() {
          asked++;
          return [{ folder, path: join(folder, 'wrangler.jsonc'), bindings: [{ name: 'CONFIGURED' }] }];
        },
        readText: readProjectText,
        onDidChangeConfigs: () => new vscode.Disposable(() => {}),
      },
      log: { error: assert.fail },
    } as unknown as Services;
    const help = registerCodeHelp(services, vscode.Uri.file(folder), async () => ({
      startCodeHelp: () => {
        isStarted = true;
        return new vscode.Disposable(() => {});
      },
    }));
    try {
      const before = asked;
      writeFileSync(join(folder, name), code);
      await vscode.window.showTextDocument(vscode.Uri.file(join(folder, name)));
      await eventually(() => assert.ok(isStarted || asked > before));
      // What it reads then is there in a moment.
      for (let wait = 0; wait < 10 && !isStarted; wait++) await new Promise((resolve) => setTimeout(resolve, 50));
      return isStarted;
    } finally {
      help.dispose();
    }
  }

  it('is a binding of a config, or the type of one', async () => {
    assert.ok(await starts('configured.js', 'export const f = (env) => env.CONFIGURED.get("a");\n'));
    assert.ok(await starts('typed.ts', 'export const f = (kv: KVNamespace) => kv.get("a");\n'));
  });

  it('is a binding that only wrangler types has written down', async () => {
    assert.ok(await starts('declared.ts', 'export const f = (env: Env) => env.DECLARED.get("a");\n'));
  });

  it('is nothing else', async () => {
    assert.equal(await starts('other.ts', 'export const f = (env: Env) => env.BUCKET.get("a");\n'), false);
  });
});
