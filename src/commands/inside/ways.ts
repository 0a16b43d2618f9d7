import * as l10n from '@vscode/l10n';
import { hereEstimate } from '../../core/cost/inside.ts';
import type { JobKind } from '../../inside/job.ts';

/** Shorter work is not worth a job: it is done from here before a person has read what a job is. */
export const WORTH_SECONDS = 600;
/** Deletes go 10,000 to a request from here; only above so many keys does a job of it pay. */
export const WORTH_DELETING = 10_000_000;

/** Why a job of so many keys would not pay; `undefined` where it does. */
export function paysNot(job: JobKind, keys: number): string | undefined {
  if (job === 'delete' && keys < WORTH_DELETING) {
    return l10n.t('From here it is about as fast: deletes go 10,000 to a request.');
  }
  return hereEstimate({ job, keys }).seconds < WORTH_SECONDS
    ? l10n.t('From here it takes about as long, and needs no Worker.')
    : undefined;
}

/** Work that no job can do, or none does faster. */
export type OnlyHere = 'import' | 'delete' | 'acrossAccounts';

/** Why long work stays here: a sentence for its question. Empty for what is short. */
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
