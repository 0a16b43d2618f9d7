import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { withProgress } from '../../src/ui/progress.ts';

describe('the progress of long work', () => {
  const real = vscode.window.withProgress;
  let shown: Promise<unknown>[];
  let texts: (string | undefined)[];
  beforeEach(() => {
    shown = [];
    texts = [];
    Reflect.set(vscode.window, 'withProgress', (...args: Parameters<typeof real>) => {
      const [options, work] = args;
      const noting: typeof work = (progress, token) => {
        const report: typeof progress.report = (step) => {
          texts.push(step.message);
          progress.report(step);
        };
        return work({ report }, token);
      };
      const task = Promise.resolve(real(options, noting));
      shown.push(task);
      return task;
    });
  });
  afterEach(() => Reflect.set(vscode.window, 'withProgress', real));
  const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  it('ends before what cannot be cancelled, or never begins', async () => {
    await withProgress('Working', undefined, async ({ endProgress }) => {
      await wait(900);
      assert.equal(shown.length, 1);
      endProgress();
      await Promise.all(shown);
    });
    await withProgress('Working', undefined, async ({ endProgress }) => {
      endProgress();
      await wait(900);
    });
    assert.equal(shown.length, 1);
  });

  it('makes room for a question, and comes back with what it has come to', async () => {
    await withProgress('Working', undefined, async ({ report, waitFor }) => {
      await wait(900);
      assert.equal(shown.length, 1);
      const answered = Promise.withResolvers<string>();
      const answer = waitFor(answered.promise);
      await Promise.all(shown);
      report('Half of it');
      await wait(900);
      assert.equal(shown.length, 1);
      answered.resolve('yes');
      assert.equal(await answer, 'yes');
      await wait(900);
      assert.equal(shown.length, 2);
      assert.equal(texts.at(-1), 'Half of it');
    });
    await Promise.all(shown);
  });
});
