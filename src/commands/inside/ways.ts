import * as l10n from '@vscode/l10n';
import { hereEstimate } from '../../core/cost/inside.ts';
import type { Pattern } from '../../core/search/pattern.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { Selection } from '../../core/store/selection.ts';
import { isAccount } from '../../core/store/sourceId.ts';
import type { JobKind } from '../../inside/job.ts';
import type { KnownSize } from './knownSize.ts';

/** Work shorter than this is not worth a job: from here it is done before the user has read what a job is. */
const WORTH_SECONDS = 600;
/** From here, one request deletes 10,000 keys, so a job pays only above this number of keys. */
export const WORTH_DELETING = 10_000_000;

/** Why a job for so many keys would not pay; `undefined` if it does. */
export function paysNot(job: JobKind, keys: number): string | undefined {
  if (job === 'delete' && keys < WORTH_DELETING) {
    return l10n.t('From here it is about as fast: deletes go 10,000 to a request.');
  }
  return hereEstimate({ job, keys }).seconds < WORTH_SECONDS
    ? l10n.t('From here it takes less than ten minutes, and needs no Worker.')
    : undefined;
}

/** Work that a job cannot do, or cannot do faster. */
export type OnlyHere = 'import' | 'delete' | 'acrossAccounts';

/** A sentence for the question of long work that says why it runs here. Empty for short work. */
export function staysHere(what: OnlyHere, seconds: number): string {
  if (seconds < WORTH_SECONDS) return '';
  switch (what) {
    case 'import':
      return l10n.t('Inside Cloudflare it would be no faster: an import sends 10,000 keys a request from here.');
    case 'delete':
      return l10n.t('Inside Cloudflare it would hardly be faster, and could not be undone.');
    case 'acrossAccounts':
      return l10n.t('It cannot run inside Cloudflare: a Worker reaches only namespaces of its own account.');
  }
}

/** Work on an account that a job could do too. */
export interface InsideOffer {
  readonly job: JobKind;
  /** For a copy. */
  readonly to?: NamespaceRef;
  /** For a search. */
  readonly query?: Pattern;
}

interface OfferedFor {
  readonly offer: InsideOffer;
  readonly from: NamespaceRef;
  readonly selection: Selection;
}

/** Whether a job can take the selection: one prefix, or keys. */
const isOneJob = ({ keys, prefixes }: Selection): boolean =>
  prefixes.length === 0 || (prefixes.length === 1 && keys.length === 0);

/** Whether a job could do it at all: from one namespace to another of the same account. */
export const canRunInside = ({ offer: { to }, from, selection }: OfferedFor): boolean =>
  isAccount(from.source) &&
  isOneJob(selection) &&
  (to === undefined || (to.source === from.source && to.id !== from.id));

/**
 * Whether the work takes so long from here that the user is asked about a job. True if the keys were not counted to the
 * end.
 */
export const isWorthIt = ({ job }: Pick<InsideOffer, 'job'>, { keys, how }: KnownSize): boolean =>
  hereEstimate({ job, keys }).seconds > WORTH_SECONDS || how === 'atLeast';

/** Why long work between two accounts runs here; empty if that is not the reason. */
export function whyNotInside({ job, to }: InsideOffer, { source }: NamespaceRef, { keys }: KnownSize): string {
  const areTwo = to !== undefined && isAccount(source) && isAccount(to.source) && to.source !== source;
  return areTwo ? staysHere('acrossAccounts', hereEstimate({ job, keys }).seconds) : '';
}
