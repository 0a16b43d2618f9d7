import * as vscode from 'vscode';
import { KvError } from '../core/base/errors.ts';
import type { Changes } from '../core/change/changes.ts';
import { type CheckedPlan, checkPlan, keysOf, onlyKeys, planChanges } from '../core/change/keysPlan.ts';
import { entryDigest } from '../core/entry/entryDigest.ts';
import { type KeysPlan, parseKeysDocument } from '../core/entry/keysDocument.ts';
import { clockOf } from '../core/entry/lifetimeClock.ts';
import { batchLimits } from '../core/store/batches.ts';
import { fullName, keyCount, someKeys } from '../core/store/names.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';
import type { KeyFailure } from '../core/store/store.ts';
import type { KeptKeys, KeysDocument } from './keysDocument.ts';

/** The namespace to which a plan is written. */
export interface PlanPlace {
  readonly name: string;
  readonly isRemote: boolean;
}

/** What saves ask and tell the user. */
export interface KeysSavesHost {
  /** Shows the plan; false when dismissed. */
  confirm(plan: CheckedPlan, place: PlanPlace): Promise<boolean>;
  /** Called with what was written, the id for undoing it, and the number of keys that were not written. Not awaited. */
  onDidSave(plan: KeysPlan, where: string, rest: { readonly undo: string | undefined; readonly left: number }): void;
}

export interface KeysSavesParts {
  readonly sources: SourceRegistry;
  readonly changes: Changes;
  readonly host: KeysSavesHost;
}

/** Saves documents of many keys: shows what a save would do, then does it, except for keys that changed since. */
export class KeysSaves {
  readonly #parts: KeysSavesParts;

  constructor(parts: KeysSavesParts) {
    this.#parts = parts;
  }

  /**
   * Throws with the name of every key that was not written, and why. The written keys then count as opened in their new
   * state.
   */
  async write(document: KeysDocument, kept: KeptKeys, content: Uint8Array): Promise<void> {
    const { sources, host } = this.#parts;
    const opened = new Map(kept.opened);
    const store = await sources.store(kept.namespace);
    const planned = parseKeysDocument(Buffer.from(content).toString('utf8'), opened, clockOf(store).now());
    const plan = await checkPlan(store, planned, opened);
    const described = await sources.describe(kept.namespace);
    const name = fullName(described);
    const keys = keysOf(plan);
    let failures: readonly KeyFailure[] = plan.unread;
    let written: readonly string[] = [];
    if (keys.length > 0) {
      const { kind } = described.source;
      if (!(await host.confirm(plan, { name, isRemote: kind === 'remote' }))) {
        throw new KvError('cancelled', vscode.l10n.t('Nothing was written to {0}: you did not confirm it.', name));
      }
      const label = vscode.l10n.t('Edited {0} in {1}', keyCount(keys.length), name);
      const operation = { kind: 'edit', namespace: kept.namespace, label } as const;
      const outcome = await this.#parts.changes.run(operation, planChanges(plan, opened, plan.present), {
        limits: batchLimits[kind],
      });
      failures = [...plan.unread, ...outcome.failed];
      const failed = new Set(failures.map(({ key }) => key));
      written = keys.filter((key) => !failed.has(key));
      const left = failures.length + plan.conflicts.length;
      if (written.length > 0) host.onDidSave(onlyKeys(plan, new Set(written)), name, { undo: outcome.undo, left });
    }
    const entries = new Map([...planned.changes, ...planned.additions].map((entry) => [entry.key, entry]));
    for (const key of [...written, ...plan.settled]) {
      const digest = entryDigest(entries.get(key));
      if (digest === undefined) opened.delete(key);
      else opened.set(key, digest);
    }
    const moved = failures.flatMap(({ key, error }) => (error.kind === 'conflict' ? key : []));
    const conflicts = [...plan.conflicts, ...moved];
    const unread = plan.unread.map(({ key }) => key);
    const isWhole = failures.length === 0 && conflicts.length === 0;
    document.keep({
      ...kept,
      what: 'keys' in kept.what ? { keys: [...new Set([...opened.keys(), ...conflicts, ...unread])] } : kept.what,
      opened: [...opened],
      // If a key was not written, the editor keeps its unsaved text, and so must the time that it knows.
      ...(isWhole && { mtime: Math.max(Date.now(), kept.mtime + 1), size: content.length }),
    });
    document.isReworded = isWhole && planned.hasLifetimes;
    document.forgetRead();
    const others = failures.filter(({ error }) => error.kind !== 'conflict');
    if (!isWhole) throw notAll(conflicts, others, written.length);
  }
}

/** Names every key that was not written, and why. The document keeps its text. */
function notAll(conflicts: readonly string[], failures: readonly KeyFailure[], written: number): KvError {
  const [first] = failures;
  const parts = [
    ...(conflicts.length > 0
      ? [
          vscode.l10n.t(
            'Not written, because it was changed elsewhere since this document was opened: {0}. Copy your text, then use “File: Revert File” to see it as it is now.',
            conflicts.length > 3 ? someKeys(conflicts) : conflicts.map((key) => `“${key}”`).join(', '),
          ),
        ]
      : []),
    ...(first ? [vscode.l10n.t('{0} failed: {1}', keyCount(failures.length), first.error.message)] : []),
    vscode.l10n.t('{0} written.', keyCount(written)),
  ];
  const stateFolder = failures.find(({ error }) => error.stateFolder !== undefined)?.error.stateFolder;
  const kind = first && conflicts.length === 0 ? first.error.kind : 'conflict';
  return new KvError(kind, parts.join(' '), { stateFolder });
}
