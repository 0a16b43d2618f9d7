import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
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

  /** Shows this code, and looks whether it starts. */
  async function show(name: string, code: string, look: (isStarted: () => boolean) => Promise<void>): Promise<void> {
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
      await look(() => isStarted);
    } finally {
      help.dispose();
    }
  }
  const starts = (name: string, code: string): Promise<void> =>
    show(name, code, async (isStarted) => await eventually(() => assert.ok(isStarted())));

  it('is a binding of a config, or the type of one', async () => {
    await starts('configured.js', 'export const f = (env) => env.CONFIGURED.get("a");\n');
    await starts('typed.ts', 'export const f = (kv: KVNamespace) => kv.get("a");\n');
  });

  it('is a binding that only wrangler types has written down', async () => {
    await starts('declared.ts', 'export const f = (env: Env) => env.DECLARED.get("a");\n');
  });

  it('is nothing else', async () => {
    await show('other.ts', 'export const f = (env: Env) => env.BUCKET.get("a");\n', async (isStarted) => {
      // If it did, then after it has read what declares the bindings.
      await wait(500);
      assert.ok(!isStarted());
    });
  });
});
