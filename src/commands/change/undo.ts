import * as vscode from 'vscode';
import { errorText, KvError } from '../../core/base/errors.ts';
import type { JournalInfo } from '../../core/change/journal/journalInfo.ts';
import type { UndoOutcome as Undone } from '../../core/change/undo/undoLedger.ts';
import { batchLimits } from '../../core/store/batches.ts';
import { fullName, keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { countText } from '../../core/text/countText.ts';
import type { Services } from '../../services.ts';
import { confirm } from '../../ui/confirm.ts';
import { tellOutcome, triedKeys } from '../../ui/outcome.ts';
import { agreed } from '../../ui/progress.ts';
import { about, type Run } from '../invocation/command.ts';
import { fields, flagField, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';
import { allChangesHere, changesHere, pickChange } from './listChanges.ts';
import { type PassedOver, PassedOverChanges } from './passedOver.ts';

interface Undo {
  /** Id of the change. By default the newest change of the sources in this window. */
  readonly id?: string | undefined;
  readonly confirm?: boolean | undefined;
}

interface UndoOutcome extends Omit<Undone, 'renamedBack' | 'covered'> {
  /** Where it was undone. */
  readonly namespace: NamespaceRef;
  /** How many keys were not reached because it was cancelled; absent if none. */
  readonly left?: number;
  /** Some of the work stays, because an earlier start had written it. */
  readonly isRest?: true;
  /** Newer changes that can never be undone, or only after later ones, and why; absent if none. */
  readonly passedOver?: readonly PassedOver[];
}

/**
 * For a minute after a write, an account may return the old value (Workers KV documentation, "How KV works"), and
 * another window may have written it. This is longer, because a batch may wait a long time before it is written.
 */
const SETTLED_MS = 60 * 60_000;

/** Undoes the change with this id, or one that the user picks from those that can be undone. */
export const undo = defineCommand<Undo, UndoOutcome>('undo', {
  progress: vscode.l10n.t('Undoing'),
  tellsHowFar: true,
  args: fields({ id: optional(textField), confirm: optional(flagField) }),
  asked: about(
    nothing,
    async (_, services) => {
      const changes = await changesHere(services);
      if (changes.length > 1) {
        const picked = await pickChange(changes, services, vscode.l10n.t('Which change is to be taken back?'));
        return picked && { id: picked.id };
      }
      return { id: changes[0]?.id };
    },
    async (id) => ({ id }),
  ),
  async run({ id, confirm: confirmed }, run) {
    const { services } = run;
    const passed = new PassedOverChanges();
    let first: UndoOutcome | undefined;
    let firstId: string | undefined;
    const told = (outcome: UndoOutcome | undefined): UndoOutcome | undefined => {
      const others = passed.all.filter((one) => outcome !== first || one.id !== firstId);
      return outcome && others.length > 0 ? { ...outcome, passedOver: others } : outcome;
    };
    for (const info of await findChanges(id, services)) {
      if (passed.isKnown(info)) continue;
      const namespace = { source: info.source, id: info.namespace };
      const described = await services.sources.describe(namespace);
      const [where, kind] = [fullName(described), described.source.kind];
      if (confirmed !== true && !(await agrees(info, where, kind === 'remote', run))) return told(first);
      const taken = await takeBack(info, kind, where, run).catch(async (error: unknown) => {
        // The caller named this change, so no other one is tried.
        if (id !== undefined) throw error;
        await passed.add(info, error, described.source);
      });
      if (!taken) continue;
      const { renamedBack, covered, ...outcome } = taken;
      if (renamedBack) await showFormerName(namespace, renamedBack, services);
      if (first === undefined) [first, firstId] = [outcome, info.id];
      // A change that covers this one may have begun before it, so try the next one.
      if (!isCovered(outcome, covered)) return told(outcome.done > 0 ? outcome : first);
      passed.addCovered(info, outcome.failed);
    }
    const [newest] = passed.all;
    if (first === undefined && newest) throw newest.error;
    return told(first);
  },
  async tell(outcome, _, { sources }) {
    const where = fullName(await sources.describe(outcome.namespace));
    const rest = outcome.isRest
      ? [vscode.l10n.t('What was written before the interruption stays: there is no backup of that.')]
      : [];
    const total = triedKeys(outcome) + (outcome.left ?? 0);
    await tellOutcome(outcome, total, {
      all: [vscode.l10n.t('Undone: {0}, in {1}.', restoredText(outcome), where), ...rest].join(' '),
      partly: (done) =>
        [vscode.l10n.t('Undone in part in {0}: {1} of {2} as before.', where, done, keyCount(total)), ...rest].join(
          ' ',
        ),
      nothing: vscode.l10n.t('Nothing was undone in {0}: it was cancelled.', where),
    });
  },
});

/** The change with this id, or all changes that can be undone, newest first. */
async function findChanges(id: string | undefined, services: Services): Promise<readonly JournalInfo[]> {
  if (id !== undefined) return [await services.journals.checkEnded(id)];
  const changes = await allChangesHere(services);
  if (changes.length > 0) return changes;
  throw new KvError('notFound', vscode.l10n.t('There is nothing to undo: no change of what is open here is kept.'));
}

/** Whether nothing could be undone because later changes cover it. Its journal is kept: it can be undone after them. */
function isCovered(
  { done, failed, changed, expired, cancelled }: UndoOutcome,
  covered: readonly string[] = [],
): boolean {
  const leftAlone = new Set([...changed, ...expired]);
  const isUntouched = done === 0 && !cancelled && failed.every(({ key }) => leftAlone.has(key));
  return isUntouched && covered.length > 0;
}

/** Asks whether an account may be written to. */
async function agrees(info: JournalInfo, where: string, isRemote: boolean, run: Run): Promise<boolean> {
  if (!isRemote || run.services.settings.confirmWrites === 'never') return true;
  return await agreed(run, () =>
    confirm({
      question: info.label.includes(where)
        ? vscode.l10n.t('Undo this? {0}', info.label)
        : vscode.l10n.t('Undo this in {0}? {1}', where, info.label),
      detail: vscode.l10n.t(
        '{0} get back what they were before. What was changed since stays as it is.',
        keyCount(info.keys),
      ),
      button: vscode.l10n.t('Undo'),
    }),
  );
}

async function takeBack(
  info: JournalInfo,
  kind: 'local' | 'remote',
  where: string,
  { services: { changes, journals }, signal, report }: Run,
): Promise<UndoOutcome & Pick<Undone, 'renamedBack' | 'covered'>> {
  const { undoChange } = await import('../../core/change/undo/undoing.lazy.ts');
  const { untried: _, ...outcome } = await undoChange(
    info,
    { changes, journals },
    {
      signal,
      limits: batchLimits[kind],
      ...(kind === 'remote' && { staleSince: Date.now() - SETTLED_MS }),
      report: (done) =>
        report(vscode.l10n.t('Undoing in {0}: {1} of {2} checked', where, countText(done), keyCount(info.keys))),
    },
  );
  const left = outcome.cancelled ? Math.max(0, info.keys - triedKeys(outcome)) : 0;
  return {
    ...outcome,
    namespace: { source: info.source, id: info.namespace },
    ...(left > 0 && { left }),
    ...(info.isRest && { isRest: true }),
  };
}

/** Points open documents of the renamed key to its former name. */
async function showFormerName(
  namespace: NamespaceRef,
  { from, to }: NonNullable<Undone['renamedBack']>,
  { moves, log }: Services,
): Promise<void> {
  await moves.followRename(namespace, from, to).catch((error: unknown) => log.warn(errorText(error)));
}

/** "3 keys restored, 1 key removed". */
function restoredText({ done, removed }: Undone): string {
  const restored = done - removed;
  return [
    ...(restored > 0 || removed === 0 ? [vscode.l10n.t('{0} restored', keyCount(restored))] : []),
    ...(removed > 0 ? [vscode.l10n.t('{0} removed', keyCount(removed))] : []),
  ].join(', ');
}
