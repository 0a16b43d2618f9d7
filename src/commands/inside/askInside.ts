import * as vscode from 'vscode';
import { accountOf } from '../../auth/account.ts';
import { KvError } from '../../core/base/errors.ts';
import type { Pattern } from '../../core/search/pattern.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { Selection } from '../../core/store/selection.ts';
import { selectionName } from '../../core/transfer/selectionName.ts';
import type { CopyMode, JobKind } from '../../inside/job.ts';
import type { Services } from '../../services.ts';
import { pickNamespace } from '../../ui/pickNamespace.ts';
import { withProgress } from '../../ui/progress.ts';
import { checkWritable } from '../invocation/targets.ts';
import { inputPattern } from '../search/searching.ts';
import { RefusedJob, toldRefused } from './refusals.ts';

/** What a job should do, before the titles of its namespaces are known. */
export interface JobWish {
  readonly job: JobKind;
  readonly from: NamespaceRef;
  readonly selection: Selection;
  readonly to?: NamespaceRef | undefined;
  readonly mode?: CopyMode | undefined;
  readonly bucket?: string | undefined;
  readonly query?: Pattern | undefined;
  /** By default on for a copy that makes the target equal, and off for other jobs. */
  readonly verify?: boolean | undefined;
  readonly partsAtOnce?: number | undefined;
  /** Runs only the comparing pass of a copy. */
  readonly comparesOnly?: boolean | undefined;
  /** For a copy that makes the target equal: the source is meant to have no keys. */
  readonly emptySource?: boolean | undefined;
}

/** What is known about a job before the user is asked. */
export type JobStart = Partial<JobWish> & Pick<JobWish, 'from' | 'selection'>;

/** Asks for what is not known yet. `undefined` when dismissed. `where` names the source with its side. */
export async function askJob(start: JobStart, where: string, services: Services): Promise<JobWish | undefined> {
  const { from } = start;
  const title = vscode.l10n.t('Run Inside Cloudflare: {0}', selectionName(start.selection, where));
  const job = start.job ?? (await pickJob(title));
  if (job === undefined) return undefined;
  if (job === 'delete') await checkWritable(services, from);
  switch (job) {
    case 'copy': {
      const to = start.to ?? (await askTarget(from, title, services));
      if (!to) return undefined;
      await checkWritable(services, to);
      const how = start.mode === undefined ? await pickMode(title, start.verify) : { mode: start.mode };
      return how && { ...start, job, to, ...how };
    }
    case 'export': {
      const bucket = start.bucket ?? (await pickBucket(from, title, services));
      return bucket === undefined ? undefined : { ...start, job, bucket };
    }
    case 'search': {
      const query = start.query ?? (await inputPattern(title));
      return query && { ...start, job, query };
    }
    case 'delete':
      return { ...start, job };
  }
}

async function pickJob(title: string): Promise<JobKind | undefined> {
  const items: readonly (vscode.QuickPickItem & { readonly job: JobKind })[] = [
    {
      job: 'copy',
      label: vscode.l10n.t('$(copy) Copy to Another Namespace…'),
      description: vscode.l10n.t('of this account'),
    },
    {
      job: 'export',
      label: vscode.l10n.t('$(cloud-upload) Export to R2…'),
      description: vscode.l10n.t('as NDJSON files, which “Import Keys…” reads'),
    },
    { job: 'search', label: vscode.l10n.t('$(search) Search in Values…') },
    {
      job: 'delete',
      label: vscode.l10n.t('$(trash) Delete Keys…'),
      description: vscode.l10n.t('pays above ten million keys'),
    },
  ];
  const placeHolder = vscode.l10n.t(
    'What is to run? Imports and copies to other accounts are as fast, or only possible, from here.',
  );
  return (await vscode.window.showQuickPick(items, { title, placeHolder }))?.job;
}

/** Asks for another namespace of the same account. */
async function askTarget(
  from: NamespaceRef,
  title: string,
  { sources, memory }: Services,
): Promise<NamespaceRef | undefined> {
  const picked = await pickNamespace(sources, memory, vscode.l10n.t('Copy to which namespace of this account?'), {
    side: 'remote',
    source: from.source,
    title,
    except: from,
  });
  return picked && { source: picked.source, id: picked.id };
}

interface HowToCopy {
  readonly mode: CopyMode;
  readonly verify?: boolean | undefined;
}

async function pickMode(title: string, verify: boolean | undefined): Promise<HowToCopy | undefined> {
  const items: readonly (vscode.QuickPickItem & HowToCopy)[] = [
    {
      mode: 'all',
      label: vscode.l10n.t('Every Key'),
      description: vscode.l10n.t('keys that are there already are overwritten'),
    },
    {
      mode: 'all',
      verify: true,
      label: vscode.l10n.t('Every Key, Then Compare'),
      description: vscode.l10n.t('both sides are compared a minute later, and what differs is mended'),
    },
    {
      mode: 'missing',
      label: vscode.l10n.t('Only What Is Missing'),
      description: vscode.l10n.t('keys that are there already stay, and cost nothing'),
    },
    {
      mode: 'equal',
      label: vscode.l10n.t('Make Equal'),
      description: vscode.l10n.t('with deletions, and compared a minute later'),
    },
  ];
  const placeHolder = vscode.l10n.t('Which keys are copied?');
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true });
  return picked && { mode: picked.mode, verify: picked.verify ?? verify };
}

async function pickBucket(from: NamespaceRef, title: string, services: Services): Promise<string | undefined> {
  const jobs = await services.jobs(accountOf(from.source));
  const account = await accountName(from, services);
  const names = await toldRefused(account, () =>
    withProgress(vscode.l10n.t('Listing R2 buckets'), undefined, ({ signal }) => jobs.buckets(signal)),
  );
  if (names.length === 0) throw new RefusedJob({ kind: 'noBuckets' }, account);
  return await vscode.window.showQuickPick(names, { title, placeHolder: vscode.l10n.t('Export to which R2 bucket?') });
}

/** "Acme Inc" */
export const accountName = async ({ source }: NamespaceRef, { sources }: Services): Promise<string> =>
  (await sources.source(source)).label;

/**
 * Throws `invalidInput` with the reason if the source is not in an account, or if the target is not in the same one.
 */
export function checkPlaces({ from, to }: Pick<JobWish, 'from' | 'to'>, isAccount: (source: string) => boolean): void {
  if (!isAccount(from.source)) {
    throw new KvError(
      'invalidInput',
      vscode.l10n.t('Only namespaces of an account can be worked on inside Cloudflare. Choose another one.'),
    );
  }
  if (to && to.source !== from.source) {
    throw new KvError(
      'invalidInput',
      vscode.l10n.t(
        'A job inside Cloudflare reaches only namespaces of its own account. Copy between accounts from here, by “Copy Keys to Namespace…”.',
      ),
    );
  }
}
