import * as vscode from 'vscode';
import { isKvError } from '../../core/base/errors.ts';
import { MAX_PAGE } from '../../core/entry/limits.ts';
import type { Space } from '../../core/space/space.ts';
import { keyCount } from '../../core/store/names.ts';
import type { KvReader } from '../../core/store/store.ts';
import { logError } from '../../ui/reportError.ts';
import { only } from '../invocation/command.ts';
import { fields, namespaceField, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import type { ParentTarget } from '../invocation/resolve.ts';
import { aNamespace } from '../invocation/targets.ts';
import { type ReadingTexts, storesToRead } from '../transfer/reading.ts';

const COUNTING: ReadingTexts = {
  question: (keys, where) => vscode.l10n.t('List {0} of {1}?', keys, where),
  button: (count) => vscode.l10n.t('List {0} Keys', count),
  operations: (keys) => ({ lists: Math.ceil(keys / MAX_PAGE) }),
};

/** Shows what takes up space in a namespace or group. Resolves to the numbers of the page. */
export const showSpace = defineCommand<ParentTarget, Space>('showSpace', {
  progress: vscode.l10n.t('Adding up keys'),
  args: fields({ namespace: namespaceField, prefix: optional(textField) }, ({ namespace, prefix = '' }) => ({
    namespace,
    prefix,
  })),
  asked: only(aNamespace({ question: vscode.l10n.t('Show the space of which namespace?') })),
  async run({ namespace, prefix }, run) {
    // A namespace that was never written to is shown as empty.
    const what = { namespace, selection: { keys: [], prefixes: [prefix] }, mayBeNew: true };
    const { services, isInteractive, signal } = run;
    let store: KvReader | undefined;
    let failure: unknown;
    try {
      [store] = (await storesToRead([what], COUNTING, run)) ?? [];
      if (!store) return undefined;
    } catch (error) {
      if (!isInteractive || isKvError(error, 'cancelled')) throw error;
      failure = error;
    }
    const { openSpace } = await import('../../pages/pages.lazy.ts');
    const report = (keys: number): void => run.report(vscode.l10n.t('Adding up keys: {0} so far', keyCount(keys)));
    const shown = openSpace({ namespace, prefix }, services, { store, failure, signal, report });
    if (!isInteractive) return await shown;
    // The page itself shows errors.
    return await shown.catch((error: unknown) => {
      logError(services.log, 'showSpace', error);
      return undefined;
    });
  },
});
