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
  /** Whether to wait for the end of the job. */
  readonly waits: boolean;
}

/** The result of a job whose end was awaited. `failed` has the first hundred keys, `failedKeys` their total number. */
interface InsideOutcome extends BulkOutcome, Omit<JobCounts, 'done' | 'failed' | 'allListed' | 'bytes'> {
  readonly id: string;
  readonly failedKeys: number;
  readonly bytes?: number;
  readonly differences?: JobState['differences'];
  /** Names of what could not be removed from the account. */
  readonly leftovers: readonly string[];
}

/** Runs work on many keys as a job inside Cloudflare. Resolves once the job runs, or at its end if `waits`. */
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
    // The first status of a job may take a while.
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

/** Checks that a job has the fields it needs and none that it does not use. */
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
  // Keys to delete must be named: a variable that was never filled must not mean "all".
  if (job === 'delete' && given.prefix === undefined && given.keys === undefined) {
    throw new KvError('invalidInput', vscode.l10n.t('Give either “{0}” or “{1}”.', 'keys', 'prefix'));
  }
}

/** Throws `invalidInput` unless the selection is one that a job can do: one prefix, or keys. */
function ofOneJob<S extends JobWish['selection']>(selection: S): S {
  const { keys, prefixes } = selection;
  if (prefixes.length <= 1 && (prefixes.length === 0 || keys.length === 0)) return selection;
  throw new KvError(
    'invalidInput',
    vscode.l10n.t('A job inside Cloudflare takes one group, or single keys. Select them one after another.'),
  );
}

/** Completes a job that another command, a page or a message offers. Asks for what is missing. */
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
