import * as l10n from '@vscode/l10n';
import { type ErrorWay, KvError } from '../../core/base/errors.ts';
import { shortText } from '../../core/store/names.ts';
import { commandId } from '../../ids.ts';
import type { Refusal } from '../../inside/job.ts';

/** Why a job cannot be created, and what to do about it: one sentence each. */
export function refusalText(refusal: Refusal, account: string): string {
  switch (refusal.kind) {
    case 'permission':
      return l10n.t(
        'Nothing was made in {0}: work inside Cloudflare needs the permission {1}, which your sign-in does not have. Sign in with a token that has it, or with the login of wrangler.',
        account,
        refusal.permission,
      );
    case 'freePlan':
      return l10n.t(
        'Nothing was made in {0}: work inside Cloudflare needs the paid plan of Workers, since the free one leaves nothing to win. Run it from here.',
        account,
      );
    case 'noSubdomain':
      return l10n.t(
        'Nothing was made in {0}: the account has no workers.dev subdomain, and Cloudflare runs Workflows only where there is one. Open Workers in the dashboard once to choose it.',
        account,
      );
    case 'noBuckets':
      return l10n.t(
        'Nothing was made in {0}: there is no R2 bucket to export to. Make one in the dashboard, or export to a file from here.',
        account,
      );
    case 'instantNamespace':
      return l10n.t(
        'Nothing was made in {0}: “{1}” is a KV Instant namespace, which has no metadata and no pages of keys. Work on it from here.',
        account,
        shortText(refusal.title),
      );
  }
}

/** The action that a button offers against it. */
function wayOut({ kind }: Refusal): ErrorWay | undefined {
  const dashboard = (place: string): ErrorWay => ({
    title: l10n.t('Open the Dashboard'),
    command: 'vscode.open',
    argument: `https://dash.cloudflare.com/?to=/:account/${place}`,
  });
  switch (kind) {
    case 'permission':
      return { title: l10n.t('Sign In…'), command: commandId('signIn') };
    case 'freePlan':
      return dashboard('workers/plans');
    case 'noSubdomain':
      return dashboard('workers-and-pages');
    case 'noBuckets':
      return dashboard('r2/overview');
    case 'instantNamespace':
      return undefined;
  }
}

/** A refusal as the error with which a command rejects. */
export class RefusedJob extends KvError {
  readonly refusal: Refusal;
  constructor(refusal: Refusal, account: string, options?: ErrorOptions) {
    super(refusal.kind === 'permission' ? 'forbidden' : 'unsupported', refusalText(refusal, account), {
      ...options,
      way: wayOut(refusal),
    });
    this.refusal = refusal;
  }
}

/** The refusal of an error. Not checked by `instanceof`, because each bundle has its own class. */
export function refusalIn(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !('refusal' in error)) return undefined;
  const { refusal } = error;
  return typeof refusal === 'object' && refusal !== null && 'kind' in refusal ? (refusal as Refusal) : undefined;
}

/** Runs `work`. Refusals that only show when it is tried get the same texts. */
export async function toldRefused<T>(account: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const refusal = refusalIn(error);
    throw refusal ? new RefusedJob(refusal, account, { cause: error }) : error;
  }
}
