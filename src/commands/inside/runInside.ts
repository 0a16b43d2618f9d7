import * as vscode from 'vscode';
import { errorText, isKvError, KvError } from '../../core/base/errors.ts';
import type { Pattern } from '../../core/search/pattern.ts';
import { isAccount } from '../../core/store/sourceId.ts';
import type { BulkOutcome } from '../../core/store/store.ts';
import { copyModes, type JobCounts, type JobKind, type JobState, jobKinds } from '../../inside/job.ts';
import { hasEnded } from '../../pages/jobs/jobTexts.ts';
import type { Services } from '../../services.ts';
import { logError } from '../../ui/reportError.ts';
import { about } from '../invocation/command.ts';
import {
  checkEither,
  fields,
  flagField,
  keysField,
  namespaceField,
  objectOf,
  oneOf,
  optional,
  selectedOf,
  textField,
} from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aSelection, whereOf } from '../invocation/targets.ts';
import { patternFields, patternOf } from '../search/searching.ts';
import { askJob, checkPlaces, type JobStart, type JobWish } from './askInside.ts';
import { startJob } from './starting.ts';

interface RunInside extends JobWish {
  readonly confirmed: boolean;
  /** For its end. */
  readonly waits: boolean;
}

/** What came of a job that was waited for; `failed` has the first hundred keys, `failedKeys` their number. */
interface InsideOutcome extends BulkOutcome, Omit<JobCounts, 'done' | 'failed' | 'allListed' | 'bytes'> {
  readonly id: string;
  readonly failedKeys: number;
  readonly bytes?: number;
  readonly differences?: JobState['differences'];
  /** What of it could not be removed from the account, by name. */
  readonly leftovers: readonly string[];
}

/**
 * Runs work on many keys as a job inside Cloudflare. Resolves as soon as it runs there, unless its end is waited for.
 */
export const runInside = defineCommand<RunInside, { readonly id: string } | InsideOutcome>('runInside', {
  progress: vscode.l10n.t('Preparing a job inside Cloudflare'),
  args: fields(
    {
      job: oneOf(jobKinds),
      from: namespaceField,
      to: optional(namespaceField),
      prefix: optional(textField),
      keys: optional(keysField),
      mode: optional(oneOf(copyModes)),
      bucket: optional(textField),
      query: optional(objectOf(patternFields, queryOf)),
      verify: optional(flagField),
      emptySource: optional(flagField),
      confirm: optional(flagField),
      wait: optional(flagField),
    },
    ({ job, from, prefix, keys, confirm, wait, ...given }) => {
      checkFields(job, { ...given, prefix, keys });
      const { selection } = selectedOf({ namespace: from, prefix, keys });
      const wish = { ...given, job, from, selection };
      return { ...wish, confirmed: confirm === true, waits: wait === true };
    },
  ),
  asked: about(
    aSelection({
      question: vscode.l10n.t('Run a job on which namespace of an account?'),
      side: 'remote',
      takesActive: false,
    }),
    async ({ namespace, selection, where }, services) => {
      checkPlaces({ from: namespace }, isAccount);
      const wish = await askJob({ from: namespace, selection: ofOneJob(selection) }, where, services);
      return wish && { ...wish, confirmed: false, waits: false };
    },
    offeredJob,
  ),
  async run({ confirmed, waits, ...wish }, run) {
    const started = await startJob(wish, confirmed, run);
    if (!started) return undefined;
    const { ref, request } = started;
    const { followerOf, followJob, jobEnded, openJobs } = await import('../../pages/pages.lazy.ts');
    const { services, isInteractive, signal } = run;
    // The first answer about a job may take its time.
    const following = followJob(ref, { request, isTold: isInteractive }, services);
    following.catch((error: unknown) => logError(services.log, 'runInside', error));
    if (isInteractive) void openJobs(services);
    if (!waits) return { id: ref.id };
    await following;
    run.report(vscode.l10n.t('Waiting for a job inside Cloudflare'));
    try {
      return outcomeOf(await jobEnded(ref, signal, services));
    } catch (error) {
      if (!signal.aborted || !isKvError(error, 'cancelled')) throw error;
    }
    const follower = followerOf(services);
    await follower.cancel(ref).catch((error: unknown) => {
      throw goesOn(ref.id, error);
    });
    // It may take minutes to end, and is followed until it has.
    const state = follower.job(ref)?.state ?? (await follower.ended(ref, signal));
    return { ...outcomeOf(state), ...(!hasEnded(state) && { cancelled: true }) };
  },
});

const goesOn = (id: string, cause: unknown): KvError =>
  new KvError(
    isKvError(cause) ? cause.kind : 'server',
    vscode.l10n.t(
      'The job {0} goes on: it could not be cancelled. {1} “Show Jobs Inside Cloudflare” can cancel it.',
      id,
      errorText(cause),
    ),
    { cause },
  );

/** By the names that its fields have here. */
function queryOf(given: Parameters<typeof patternOf>[0]): Pattern {
  checkEither({ 'query.text': given.text, 'query.regex': given.regex }, 'query.text', 'query.regex');
  return patternOf(given);
}

/** Which fields a job needs, and which it has no use for. */
function checkFields(job: JobKind, given: Readonly<Record<string, unknown>>): void {
  const needed: Readonly<Record<JobKind, readonly string[]>> = {
    copy: ['to'],
    export: ['bucket'],
    search: ['query'],
    delete: [],
  };
  const own: Readonly<Record<JobKind, readonly string[]>> = {
    copy: ['to', 'mode', 'verify', 'emptySource'],
    export: ['bucket'],
    search: ['query'],
    delete: [],
  };
  for (const name of ['to', 'mode', 'verify', 'emptySource', 'bucket', 'query']) {
    if (needed[job].includes(name) && given[name] === undefined) {
      throw new KvError('invalidInput', vscode.l10n.t('The job “{0}” needs the argument “{1}”.', job, name));
    }
    if (!own[job].includes(name) && given[name] !== undefined) {
      throw new KvError('invalidInput', vscode.l10n.t('The job “{0}” has no use for the argument “{1}”.', job, name));
    }
  }
  // What is deleted is named: a variable that nobody has filled never means "all".
  if (job === 'delete' && given.prefix === undefined && given.keys === undefined) {
    throw new KvError('invalidInput', vscode.l10n.t('Give either “{0}” or “{1}”.', 'keys', 'prefix'));
  }
}

/** A job has one prefix, or keys: throws `invalidInput` for several at once. */
function ofOneJob<S extends JobWish['selection']>(selection: S): S {
  const { keys, prefixes } = selection;
  if (prefixes.length <= 1 && (prefixes.length === 0 || keys.length === 0)) return selection;
  throw new KvError(
    'invalidInput',
    vscode.l10n.t('A job inside Cloudflare takes one group, or single keys. Select them one after another.'),
  );
}

/** What another command, a page or a message offers; what it leaves open is asked for. */
async function offeredJob(text: string, services: Services): Promise<RunInside | undefined> {
  const start = JSON.parse(text) as JobStart;
  const wish = await askJob(start, await whereOf(start.from, services), services);
  return wish && { ...wish, confirmed: false, waits: false };
}

function outcomeOf({ id, phase, counts, failures, differences, leftovers }: JobState): InsideOutcome {
  const { done, failed, bytes, allListed: _, ...others } = counts;
  return {
    id,
    done,
    skipped: counts.expiring + counts.gone + counts.present,
    failedKeys: failed,
    ...others,
    ...(bytes !== undefined && { bytes }),
    failed: failures.map(({ key, message }) => ({ key, error: new KvError('server', message) })),
    cancelled: phase === 'cancelled',
    ...(differences && { differences }),
    leftovers,
  };
}
