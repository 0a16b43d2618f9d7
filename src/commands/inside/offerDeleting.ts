import * as vscode from 'vscode';
import { keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { isEverything, type Selection } from '../../core/store/selection.ts';
import { keysOf } from '../../core/transfer/selectionName.ts';
import type { Run } from '../invocation/command.ts';
import { askWay } from './offering.ts';
import { reportedSize } from './size.ts';
import { canRunInside, WORTH_DELETING } from './ways.ts';

/**
 * Offers a job if a namespace has so many keys that deleting them from here takes most of an hour. `here` if no job is
 * offered or wanted; `undefined` when dismissed, or if the job was chosen.
 */
export async function offerDeleting(
  {
    namespace,
    selection,
    where,
  }: { readonly namespace: NamespaceRef; readonly selection: Selection; readonly where: string },
  run: Run,
): Promise<'here' | undefined> {
  const place = { offer: { job: 'delete' } as const, from: namespace, selection };
  if (!canRunInside(place)) return 'here';
  const reported = (await reportedSize(namespace, run)) ?? 0;
  if (reported < WORTH_DELETING) return 'here';
  const isWhole = isEverything(selection);
  return await askWay(
    {
      ...place,
      size: { keys: reported, how: isWhole ? 'about' : 'atMost' },
      question: vscode.l10n.t('Delete {0} from {1}?', keysOf(selection), where),
      detail: [
        isWhole
          ? vscode.l10n.t('It has about {0}.', keyCount(reported))
          : vscode.l10n.t(
              'The namespace has about {0}; how many of them are meant is known when they are listed.',
              keyCount(reported),
            ),
        vscode.l10n.t('From here what goes is kept for Undo, as far as there is room; a job keeps nothing.'),
      ].join('\n'),
    },
    run,
  );
}
