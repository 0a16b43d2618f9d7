import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { withProgress } from '../../src/ui/progress.ts';

describe('the progress of long work', () => {
  const real = vscode.window.withProgress;
  let shown: Promise<unknown>[];
  let texts: (string | undefined)[];
  let isCancellable: boolean | undefined;
  let cancelled: vscode.CancellationTokenSource;
  beforeEach(() => {
    shown = [];
    texts = [];
    cancelled = new vscode.CancellationTokenSource();
    Reflect.set(vscode.window, 'withProgress', (...args: Parameters<typeof real>) => {
      const [options, work] = args;
      isCancellable = options.cancellable;
      const noting: typeof work = (progress, token) => {
        const report: typeof progress.report = (step) => {
          texts.push(step.message);
          progress.report(step);
        };
        return work({ report }, isCancellable ? cancelled.token : token);
      };
      const task = Promise.resolve(real(options, noting));
      shown.push(task);
      return task;
    });
  });
  afterEach(() => {
    Reflect.set(vscode.window, 'withProgress', real);
    cancelled.dispose();
  });
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

  it('shows no link that a title or a key would make', async () => {
    await withProgress('Working on [a](command:x.y)', undefined, async ({ report }) => {
      await wait(900);
      report('Copying to [a](https://example.com)');
      assert.deepEqual(texts, ['Working on [a] (command:x.y)', 'Copying to [a] (https://example.com)']);
    });
    await Promise.all(shown);
  });

  it('says after a cancellation that what was begun is waited for, and can be cancelled no more', async () => {
    await withProgress('Working', undefined, async ({ signal, report }) => {
      await wait(900);
      assert.equal(isCancellable, true);
      cancelled.cancel();
      assert.equal(signal.aborted, true);
      await Promise.all(shown);
      report('Nearly done');
      await wait(900);
      assert.equal(shown.length, 2);
      assert.deepEqual([texts.at(-1), isCancellable], ['Cancelled: waiting for what was begun to end', false]);
    });
    await Promise.all(shown);
  });
});
