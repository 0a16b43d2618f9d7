import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Work } from '../../core/change/keyChange.ts';
import { nowSeconds } from '../../core/entry/entry.ts';
import { clockOf, minutesAhead } from '../../core/entry/lifetimeClock.ts';
import { fullName, someKeys } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { countText } from '../../core/text/countText.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { type BulkFormat, bulkFormats } from '../../core/transfer/files/bulkFormat.ts';
import { findUnfinished, offerResume, type Resume } from '../change/resuming.ts';
import { about } from '../invocation/command.ts';
import { fields, filesField, flagField, isPlainObject, namespaceField, oneOf, optional } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aWholeNamespace } from '../invocation/targets.ts';
import { askBulkFile, diskPath } from './bulkPaths.ts';
import { conflictChoices, type OnConflict } from './onConflict.ts';
import { tellTransferred } from './tellTransferred.ts';
import { type TransferOutcome, transfer } from './transferring.ts';

interface ImportKeys {
  readonly namespace: NamespaceRef;
  /** Read one after the other, as if they were one file. */
  readonly from: readonly vscode.Uri[];
  /** Detected by the file extension if absent. */
  readonly format?: BulkFormat | undefined;
  readonly onConflict?: OnConflict | undefined;
  readonly confirm?: boolean | undefined;
  readonly resume: Resume;
}

/** Lists the keys for which there was nothing to write, which count as skipped. */
interface ImportOutcome extends TransferOutcome {
  readonly expired?: readonly string[];
  readonly missing?: readonly string[];
}

/** Writes the entries of bulk files or a folder. Writes nothing unless all of it can be read. */
export const importKeys = defineCommand<ImportKeys, ImportOutcome>('importKeys', {
  progress: vscode.l10n.t('Importing keys'),
  tellsHowFar: true,
  args: fields(
    {
      namespace: namespaceField,
      from: filesField,
      format: optional(oneOf(bulkFormats)),
      onConflict: oneOf(conflictChoices),
      confirm: optional(flagField),
    },
    (given) => ({ ...given, resume: 'unasked' }),
  ),
  asked: about(
    aWholeNamespace({ question: vscode.l10n.t('Import keys into which namespace?'), writes: true }),
    async ({ namespace, where }, _, call) => {
      const chosen =
        call.from === 'files' ? call.files : [await askBulkFile(vscode.l10n.t('Import Keys into {0}', where))];
      const from = chosen.filter((file) => file !== undefined);
      return from.length === 0 ? undefined : { namespace, from, resume: 'ask' };
    },
    async (text, services) => {
      const left = await findUnfinished(text, services);
      return left && { ...noted.read(isPlainObject(left.args) ? left.args : {}), resume: 'retry' };
    },
  ),
  async run(args, run) {
    const { namespace, from, format, onConflict, confirm, resume } = args;
    const paths = from.map(diskPath);
    const where = fullName(await run.services.sources.describe(namespace));
    const title = vscode.l10n.t('Importing {0} into {1}', fileNames(from), where);
    const work = importWork(args);
    const known = await offerResume({ work, title }, resume, run);
    if (!known) return undefined;
    // Resumed work counts lifetimes from the same start, so that its first part is not written again.
    const { BulkFileSet } = await import('../../core/transfer/files/bulkFiles.lazy.ts');
    const ahead = minutesAhead(clockOf(await run.services.sources.store(namespace)));
    const now = nowSeconds() + ahead;
    const { at, firstAt, firstAhead = ahead } = known;
    const firstSince = Math.floor(firstAt / 1000) + firstAhead;
    const since = at === firstAt ? firstSince : Math.floor(at / 1000) + ahead;
    const files = await BulkFileSet.open(paths, { since, firstSince, now, format });
    const entries = (signal: AbortSignal | undefined) => files.entries(signal);
    const outcome = await transfer(
      {
        entries,
        mayChange: files.mayChange,
        to: namespace,
        kind: 'import',
        onConflict,
        confirmed: confirm === true,
        noted: { ...known, firstAhead },
      },
      run,
    );
    if (!outcome) return undefined;
    const { expired, missing } = files.leftOut;
    return {
      ...outcome,
      skipped: outcome.skipped + expired.length + missing.length,
      ...(expired.length > 0 && { expired }),
      ...(missing.length > 0 && { missing }),
    };
  },
  async tell(outcome, args, services) {
    const { namespace: to, from } = args;
    const { expired = [], missing = [] } = outcome;
    if (!outcome.cancelled && outcome.done + outcome.skipped + outcome.failed.length === 0) {
      const nothing = vscode.l10n.t('Nothing was imported: there is no key in {0}.', fileNames(from));
      await vscode.window.showInformationMessage(withoutLinks(nothing));
      return;
    }
    await tellTransferred(outcome, { to, kind: 'import', work: importWork(args) }, services, [
      ...(expired.length > 0 ? [vscode.l10n.t('Expired already: {0}.', someKeys(expired))] : []),
      ...(missing.length > 0 ? [vscode.l10n.t('Without a value in the file: {0}.', someKeys(missing))] : []),
    ]);
  },
});

type FromFile = Pick<ImportKeys, 'namespace' | 'from' | 'format'>;

/** "users.json", or "3 files". */
const fileNames = ([first, ...more]: readonly vscode.Uri[]): string =>
  more.length === 0 && first ? basename(first.path) : vscode.l10n.t('{0} files', countText(more.length + 1));

const importWork = ({ namespace: { source, id }, from, format }: FromFile): Work => ({
  command: 'importKeys',
  args: { namespace: { source, id }, from: namesOf(from), ...(format && { format }) },
});

/** A single file is stored as text, as always, so that work interrupted in earlier versions is found. */
function namesOf(from: readonly vscode.Uri[]): string | readonly string[] {
  const [first = '', ...more] = from.map(String);
  return more.length === 0 ? first : [first, ...more];
}

/** Reads the arguments that {@link importWork} has stored. */
const noted = fields({ namespace: namespaceField, from: filesField, format: optional(oneOf(bulkFormats)) });
