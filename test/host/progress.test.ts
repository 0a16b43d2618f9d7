import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { withProgress } from '../../src/ui/progress.ts';

describe('the progress of long work', () => {
  const real = vscode.window.withProgress;
  let shown: Promise<unknown>[];
  beforeEach(() => {
    shown = [];
    Reflect.set(vscode.window, 'withProgress', (...args: Parameters<typeof real>) => {
      const task = Promise.resolve(real(...args));
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
});
