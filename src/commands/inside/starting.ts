import * as vscode from 'vscode';
import { accountOf } from '../../auth/account.ts';
import { KvError } from '../../core/base/errors.ts';
import { insideEstimate } from '../../core/cost/inside.ts';
import { fullName, shortText } from '../../core/store/names.ts';
import { isAccount } from '../../core/store/sourceId.ts';
import type { KvNamespace } from '../../core/store/store.ts';
import { countExtra, isEmpty } from '../../core/transfer/countExtra.ts';
import { type JobNamespace, type JobRef, type JobRequest, USUAL_SPEED } from '../../inside/job.ts';
import type { Run } from '../invocation/command.ts';
import { checkDifferent, checkWritable, storeOf } from '../invocation/targets.ts';
import { accountName, checkPlaces, type JobWish } from './askInside.ts';
import { askConsent } from './consent.ts';
import { consentOf } from './consentTexts.ts';
import { RefusedJob, toldRefused } from './refusals.ts';
import { sizeOf } from './size.ts';
import { paysNot } from './ways.ts';

export interface Started {
  readonly ref: JobRef;
  readonly request: JobRequest;
}

/**
 * Checks everything that can be checked in advance, asks, uploads and starts. `undefined` when dismissed. Nothing is
 * created then, nor if this rejects.
 */
export async function startJob(wish: JobWish, confirmed: boolean, run: Run): Promise<Started | undefined> {
  const { services, signal, report } = run;
  const { from, to, job, selection } = wish;
  checkPlaces(wish, isAccount);
  if (to) checkDifferent(from, to);
  const written = job === 'delete' ? from : to;
  if (written) await checkWritable(services, written);
  const source = await services.sources.describe(from);
  const target = to && (await services.sources.describe(to));
  const request = requestOf(wish, source.namespace, target?.namespace);
  const account = await accountName(from, services);
  const jobs = await services.jobs(accountOf(from.source));
  // A comparing pass is included: it deletes like the copy it belongs to.
  const makesEqual = request.mode === 'equal' && request.keys === undefined;
  if (makesEqual && to && target && request.emptySource !== true) {
    report(vscode.l10n.t('Comparing both sides'));
    if (await isEmpty(await storeOf(services, from), request.prefix, signal)) {
      throw new KvError('invalidInput', emptySourceText(request, fullName(source), fullName(target)));
    }
  }
  report(vscode.l10n.t('Looking whether {0} allows jobs', account));
  const refusal = await jobs.refusal(request, signal);
  if (refusal) throw new RefusedJob(refusal, account);
  const upload = await jobs.upload(request);
  if (!confirmed) {
    const size = await sizeOf(from, selection, run);
    const goes =
      makesEqual && to
        ? await countExtra(await storeOf(services, from), await storeOf(services, to), request.prefix, signal)
        : undefined;
    const consent = consentOf({
      request,
      account,
      script: upload.script,
      size,
      from: fullName(source),
      to: target && fullName(target),
      estimate: insideEstimate({ ...request, keys: size.keys }),
      paysNot: paysNot(job, size.keys),
      leaves: leaving(source.namespace, target?.namespace),
      goes,
    });
    if (!(await askConsent(consent, upload, run))) return undefined;
    // The namespace may have been protected while the question was open.
    if (written) await checkWritable(services, written);
  }
  report(vscode.l10n.t('Starting a job in {0}', account));
  const ref = await toldRefused(account, () => jobs.start(request, upload, signal));
  services.log.info(`started the job ${ref.id} (${job}) in ${ref.account}`);
  return { ref, request };
}

const titled = ({ id, title }: KvNamespace): JobNamespace => ({ id, title });

function requestOf(wish: JobWish, from: KvNamespace, to: KvNamespace | undefined): JobRequest {
  const { job, selection, bucket, query, partsAtOnce = USUAL_SPEED } = wish;
  const mode = job === 'copy' ? (wish.mode ?? 'all') : undefined;
  const [prefix] = selection.prefixes;
  return {
    job,
    from: titled(from),
    ...(to && { to: titled(to) }),
    ...(mode && { mode }),
    ...(bucket !== undefined && { bucket }),
    ...(prefix === undefined ? { keys: selection.keys } : prefix !== '' && { prefix }),
    ...(query && { query }),
    verify: job === 'copy' && !wish.comparesOnly && (wish.verify ?? mode === 'equal'),
    partsAtOnce,
    ...(wish.comparesOnly && { comparesOnly: true }),
    ...(wish.emptySource && { emptySource: true }),
  };
}

/** Why a source without keys is not copied: the target would be emptied. */
const emptySourceText = ({ prefix }: JobRequest, from: string, to: string): string =>
  prefix === undefined
    ? vscode.l10n.t(
        'Nothing was made: {0} has no keys, so to make {1} equal would delete all of it. If that is what you want, use “Delete All Keys…”.',
        from,
        to,
      )
    : vscode.l10n.t(
        'Nothing was made: {0} has no keys that begin with “{2}”, so to make {1} equal would delete all of those there. If that is what you want, use “Delete Keys”.',
        from,
        to,
        shortText(prefix),
      );

/**
 * The jurisdiction that the data would leave: that of the source, if the target does not share it. The bucket of an
 * export may lie anywhere.
 */
function leaving({ jurisdiction }: KvNamespace, to: KvNamespace | undefined): string | undefined {
  return jurisdiction !== undefined && jurisdiction !== to?.jurisdiction ? jurisdiction : undefined;
}
