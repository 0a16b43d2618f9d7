import { join } from 'node:path';
import type * as vscode from 'vscode';
import { onFirstUse } from './core/base/onFirstUse.ts';
import type { Changes } from './core/change/changes.ts';
import type { JournalOptions } from './core/change/journal/journalInfo.ts';
import type { Journals } from './core/change/journal/journals.ts';
import type { SourceRegistry } from './core/store/sourceRegistry.ts';
import type { Settings } from './settings.ts';

const changing = (): typeof import('./core/change/changing.lazy.ts') => require('./core/change/changing.lazy.ts');

export interface ChangesParts {
  readonly sources: SourceRegistry;
  readonly settings: Pick<Settings, 'undoDays' | 'undoMegabytes'>;
  /** Where journals are kept. Global, not per workspace: a change can be undone from any window. */
  readonly globalStorageUri: vscode.Uri;
}

/** The only way to write, and its journals. Both load on the first change. */
export function createChanges({ sources, settings, globalStorageUri }: ChangesParts): {
  readonly changes: Changes;
  readonly journals: Journals;
} {
  const journals: Journals = onFirstUse(() => {
    const { Journals, realProcesses } = changing();
    const pathOf = (folder: string): string => join(globalStorageUri.fsPath, folder);
    return new Journals(pathOf('journal'), pathOf('undo'), journalOptions(settings), realProcesses());
  });
  const changes: Changes = onFirstUse(() => {
    const { Changes, KeyLocks } = changing();
    return new Changes({ journals, locks: new KeyLocks(), storeOf: (namespace) => sources.writer(namespace) });
  });
  return { changes, journals };
}

/** How long and how large journals are kept. Reads the settings each time. */
const journalOptions = (settings: ChangesParts['settings']): JournalOptions => ({
  get days() {
    return settings.undoDays;
  },
  get megabytes() {
    return settings.undoMegabytes;
  },
  clock: Date.now,
});
