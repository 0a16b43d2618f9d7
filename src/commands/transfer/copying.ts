import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import type { Work } from '../../core/change/keyChange.ts';
import type { EntrySource } from '../../core/store/entrySource.ts';
import { fullName } from '../../core/store/names.ts';
import { type NamespaceRef, sameNamespace } from '../../core/store/namespaceRef.ts';
import { selectedEntries } from '../../core/store/selection.ts';
import type { KeyFailure } from '../../core/store/store.ts';
import { placedUnder } from '../../core/transfer/placedUnder.ts';
import { keysOf } from '../../core/transfer/selectionName.ts';
import { withSpool } from '../../core/transfer/spool.ts';
import { type Between, offerResume, type Resume, workBetween } from '../change/resuming.ts';
import type { Run } from '../invocation/command.ts';
import type { Selected } from '../invocation/resolve.ts';
import { checkWritable } from '../invocation/targets.ts';
import { type ReadingTexts, storesToRead } from './reading.ts';
import { type Transfer, type TransferOutcome, transfer } from './transferring.ts';

const TEXTS: ReadingTexts = {
  question: (keys, where) => vscode.l10n.t('Copy {0} from {1}?', keys, where),
  button: (count) => vscode.l10n.t('Copy {0} Keys', count),
};

/** Describes a copy for the journal. */
export const copyWork = ({ namespace, selection }: Selected, to: NamespaceRef, under?: string): Work =>
  workBetween('copyKeys', { from: namespace, selection, to, under });

/** Copies the selection. Single keys that do not exist are in `failed`. */
export async function copySelected(
  from: Selected,
  {
    resume,
    under,
    ...target
  }: Pick<Transfer, 'to' | 'onConflict' | 'confirmed' | 'asksForRemote'> &
    Pick<Between, 'under'> & { readonly resume: Resume },
  run: Run,
): Promise<TransferOutcome | undefined> {
  const { services } = run;
  const { namespace, selection } = from;
  if (sameNamespace(namespace, target.to)) {
    throw new KvError('invalidInput', vscode.l10n.t('Nothing was copied: the keys are in this namespace already.'));
  }
  await checkWritable(services, target.to);
  const described = await services.sources.describe(namespace);
  const to = fullName(await services.sources.describe(target.to));
  const title = vscode.l10n.t('Copying {0} from {1} to {2}', keysOf(selection), fullName(described), to);
  const work = copyWork(from, target.to, under);
  const noted = await offerResume({ work, title }, resume, run);
  if (!noted) return undefined;
  // No job can copy to another prefix.
  const inside = under === undefined || under === '' ? { job: 'copy' as const, to: target.to } : undefined;
  const [store] = (await storesToRead([from], { ...TEXTS, ...(inside && { inside }) }, run)) ?? [];
  if (!store) return undefined;
  let missing: KeyFailure[] = [];
  const entries = placedUnder(under ?? '', (signal) => {
    missing = [];
    return selectedEntries(store, selection, signal, (failure) => missing.push(failure));
  });
  const isSpooled = described.source.kind === 'remote';
  const copy = (source: EntrySource): Promise<TransferOutcome | undefined> =>
    transfer(
      { ...target, entries: source, mayChange: !isSpooled, kind: 'copy', selection, noted, missing: () => missing },
      run,
    );
  return await (isSpooled ? withSpool(entries, copy) : copy(entries));
}
