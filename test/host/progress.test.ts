import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { PATIENCE_MS, type Running, withProgress } from '../../src/ui/progress.ts';
import { eventually } from '../support/eventually.ts';
import { ManualTiming } from '../support/manualTiming.ts';
import { stub } from './stub.ts';

describe('the progress of long work', () => {
  let timing: ManualTiming;
  let shown: Promise<unknown>[];
  let texts: (string | undefined)[];
  let isCancellable: boolean | undefined;
  let cancelled: vscode.CancellationTokenSource;
  beforeEach(() => {
    timing = new ManualTiming();
    shown = [];
    texts = [];
    cancelled = new vscode.CancellationTokenSource();
    const real = vscode.window.withProgress;
    stub(vscode.window, 'withProgress', (...[options, work]: Parameters<typeof real>) => {
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
  afterEach(() => cancelled.dispose());

  const working = (work: (running: Running) => Promise<void>) => withProgress('Working', undefined, work, timing);
  const lookAway = () => timing.pass(PATIENCE_MS);

  it('is not shown of what ends before anybody wonders', async () => {
    await working(async () => {
      await timing.pass(PATIENCE_MS - 1);
      assert.equal(shown.length, 0);
    });
    await lookAway();
    assert.equal(shown.length, 0);
  });

  it('ends before what cannot be cancelled, or never begins', async () => {
    await working(async ({ endProgress }) => {
      await lookAway();
      assert.equal(shown.length, 1);
      endProgress();
      await Promise.all(shown);
    });
    await working(async ({ endProgress }) => {
      endProgress();
      await lookAway();
    });
    assert.equal(shown.length, 1);
  });

  it('makes room for a question, and comes back with what it has come to', async () => {
    await working(async ({ report, waitFor }) => {
      await lookAway();
      assert.equal(shown.length, 1);
      const answered = Promise.withResolvers<string>();
      const answer = waitFor(answered.promise);
      await Promise.all(shown);
      report('Half of it');
      await lookAway();
      assert.equal(shown.length, 1);
      answered.resolve('yes');
      assert.equal(await answer, 'yes');
      await lookAway();
      assert.equal(shown.length, 2);
      await eventually(() => assert.equal(texts.at(-1), 'Half of it'));
    });
    await Promise.all(shown);
  });

  it('shows no link that a title or a key would make', async () => {
    const work = async ({ report }: Running): Promise<void> => {
      await lookAway();
      report('Copying to [a](https://example.com)');
      await eventually(() => assert.equal(texts.length, 2));
      assert.deepEqual(texts, ['Working on [a] (command:x.y)', 'Copying to [a] (https://example.com)']);
    };
    await withProgress('Working on [a](command:x.y)', undefined, work, timing);
    await Promise.all(shown);
  });

  it('says after a cancellation that what was begun is waited for, and can be cancelled no more', async () => {
    await working(async ({ signal, report }) => {
      await lookAway();
      assert.equal(isCancellable, true);
      // Whoever shows it listens by then.
      await eventually(() => assert.equal(texts.at(-1), 'Working'));
      cancelled.cancel();
      assert.equal(signal.aborted, true);
      await Promise.all(shown);
      report('Nearly done');
      await lookAway();
      assert.equal(shown.length, 2);
      await eventually(() => assert.equal(texts.at(-1), 'Cancelled: waiting for what was begun to end'));
      assert.equal(isCancellable, false);
    });
    await Promise.all(shown);
  });
});
