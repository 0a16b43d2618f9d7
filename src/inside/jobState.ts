import * as l10n from '@vscode/l10n';
import { tablesOf } from '../cloudflare/json.ts';
import { isTable, type Table } from '../core/base/table.ts';
import { engineCost } from '../core/cost/inside.ts';
import { paidPrice } from '../core/cost/pricing.ts';
import { emptyState } from './emptyState.ts';
import type { JobPhase, JobRef, JobState } from './job.ts';
import type { JobParams, ProgressReport, Tally } from './protocol.ts';

/** Parses JSON, which the account API returns either as text or as a value; `undefined` for text that was shortened. */
export function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function paramsOfInstance(instance: Table): JobParams | undefined {
  const params = parsed(instance.params);
  return isTable(params) && isTable(params.request) && isTable(params.pace)
    ? (params as unknown as JobParams)
    : undefined;
}

/** Whether a workflow's instance no longer runs. */
export const hasEnded = (instance: Table | undefined): boolean =>
  ['complete', 'errored', 'terminated'].includes(String(instance?.status));

const isProgressReport = (value: unknown): value is ProgressReport =>
  isTable(value) && 'phase' in value && isTable(value.tally);

/** The coordinator's last report; if its output was shortened, the name of the step that has it. */
export function reportedIn(
  instance: Table,
): { readonly reported: ProgressReport } | { readonly step: string } | undefined {
  const output = parsed(instance.output);
  if (isProgressReport(output)) return { reported: output };
  const newest = turnsOf(instance).find(({ success }) => success === true);
  if (newest === undefined) return undefined;
  return reportedBy(newest) ?? { step: String(newest.name) };
}

/** Newest first, in whatever order they were requested. */
const turnsOf = (instance: Table): Table[] =>
  tablesOf(instance.steps)
    .filter(({ name }) => turnNumber(name) >= 0)
    .sort((a, b) => turnNumber(b.name) - turnNumber(a.name));

/** The engine names steps like `turn 12-1`. */
const turnNumber = (name: unknown): number => Number(/^turn (\d+)/.exec(String(name))?.[1] ?? -1);

export function reportedBy(step: Table): { readonly reported: ProgressReport } | undefined {
  const turn = parsed(step.output);
  return isTable(turn) && isProgressReport(turn.reported) ? { reported: turn.reported } : undefined;
}

/** The step from which to restart the coordinator if it is stuck, because a step was cut off and not resumed. */
export function stuckAt(instance: Table, reported: ProgressReport | undefined, now: number): string | undefined {
  const params = paramsOfInstance(instance);
  const isWaiting = reported !== undefined && !['probing', 'running', 'verifying'].includes(reported.phase);
  if (params === undefined || isWaiting || hasEnded(instance)) return undefined;
  const times = [instance, ...tablesOf(instance.steps)].flatMap(({ start, end }) => [start, end]);
  const latest = Math.max(...times.map((time) => Date.parse(String(time))).filter(Number.isFinite));
  return Number.isFinite(latest) && now - latest > params.pace.stuckMs ? goesOnFrom(instance) : undefined;
}

/** The step from which to retry a coordinator. Only completed steps can be named, so one step may be done twice. */
export function goesOnFrom(instance: Table): string | undefined {
  const names = tablesOf(instance.steps).map(({ name }) => String(name).replace(/-\d+$/, ''));
  return names.includes('manifest') ? 'manifest' : turnsOf(instance)[0]?.name?.toString().replace(/-\d+$/, '');
}

/** Whether parts are still running although the coordinator was ended. */
export function stillRunning(workflow: Table | undefined): boolean {
  const counts = workflow && isTable(workflow.instances) ? workflow.instances : {};
  return ['queued', 'running', 'waiting', 'waitingForPause', 'paused', 'rollingBack'].some(
    (status) => typeof counts[status] === 'number' && counts[status] > 0,
  );
}

/** The state of a job from its coordinator and that one's last report. */
export function stateOf(
  ref: JobRef,
  instance: Table,
  reported: ProgressReport | undefined,
  partsGoOn: boolean,
  now: number,
): JobState {
  const params = paramsOfInstance(instance);
  const request = params?.request;
  const status = String(instance.status);
  const end = typeof instance.end === 'string' ? Date.parse(instance.end) : Number.NaN;
  const tally = reported?.tally;
  const processed = tally ? tally.done + tally.expiring + tally.gone + tally.present + tally.failed : 0;
  const costSoFar = tally && reported ? costOf(tally, reported, processed) : 0;
  const left = reported?.allListed ? Math.max(0, reported.listed - processed) : undefined;
  const isStuck = stuckAt(instance, reported, now) !== undefined;
  const phase = isStuck ? 'failed' : phaseOf(status, reported, partsGoOn, params);
  const isOver = phase === 'done' || phase === 'cancelled';
  const rate = reported?.rate !== undefined && reported.rate > 0 && !isOver ? reported.rate : undefined;
  const compared =
    reported?.phase === 'verifying' ||
    (reported?.phase === 'done' && request?.job === 'copy' && (request.comparesOnly || request.verify));
  return {
    ...ref,
    request,
    startedAt: params?.startedAt,
    endedAt: hasEnded(instance) && Number.isFinite(end) ? end : undefined,
    phase,
    counts: {
      listed: reported?.listed ?? 0,
      allListed: reported?.allListed ?? false,
      done: tally?.done ?? 0,
      expiring: tally?.expiring ?? 0,
      gone: tally?.gone ?? 0,
      present: tally?.present ?? 0,
      removed: tally?.removed ?? 0,
      failed: tally?.failed ?? 0,
      matches: tally?.matches ?? 0,
      bytes: request === undefined || request.job === 'delete' ? undefined : (tally?.bytes ?? 0),
    },
    rate,
    secondsLeft: isOver || left === undefined || rate === undefined ? undefined : left / rate,
    costSoFar,
    costLeft: isOver ? 0 : left === undefined || processed === 0 ? undefined : (costSoFar / processed) * left,
    partsAtOnce: reported?.partsAtOnce ?? request?.partsAtOnce ?? 0,
    slowedBy: reported?.limit,
    latencies: tally && reported.parts.done > 0 ? latenciesOf(tally) : undefined,
    parts: { total: reported?.parts.total ?? 0, done: reported?.parts.done ?? 0, failed: reported?.parts.failed ?? 0 },
    failures: [
      ...(reported?.failures ?? []).map(({ key, text }) => ({ key, message: text })),
      ...(reported?.errors ?? []).map((message) => ({ key: '', message })),
      ...(status === 'errored' ? [{ key: '', message: errorOf(instance) }] : []),
    ],
    differences:
      compared && tally
        ? { found: tally.differs, mended: tally.mended, left: Math.max(0, tally.differs - tally.mended) }
        : undefined,
    leftovers: [],
  };
}

/** Why the coordinator itself failed. */
function errorOf({ error }: Table): string {
  const message = isTable(error) ? error.message : error;
  return typeof message === 'string' && message !== '' ? message : l10n.t('The job broke off.');
}

/** One of our Workers that does not say what it is, or a workflow without a Worker. */
export const unknownState = (
  ref: JobRef,
  { madeAt, leftovers = [] }: { readonly madeAt?: number | undefined; readonly leftovers?: readonly string[] },
): JobState => ({ ...emptyState(ref, 'unknown'), startedAt: madeAt, leftovers });

function phaseOf(
  status: string,
  reported: ProgressReport | undefined,
  partsGoOn: boolean,
  params: JobParams | undefined,
): JobPhase {
  if (params === undefined) return 'unknown';
  switch (status) {
    case 'terminated':
      return partsGoOn ? 'cancelling' : 'cancelled';
    case 'errored':
      return 'failed';
    case 'complete':
      return reported?.phase === 'failed' ? 'failed' : 'done';
    case 'waitingForPause':
      return 'pausing';
    case 'paused':
      return 'paused';
    default:
      if (reported === undefined) return 'probing';
      return reported.phase === 'done' ? 'running' : reported.phase;
  }
}

function costOf({ reads, writes, deletes, lists }: Tally, { parts, turns }: ProgressReport, keys: number): number {
  // A page is one step and at least one listing; a turn is two steps.
  return (
    paidPrice({ reads, writes, deletes, lists }) +
    engineCost({ steps: lists + 2 * turns, instances: parts.total, keys })
  );
}

/** A delete takes as long as a write, and is measured together with writes. */
const latenciesOf = ({ reads, readMs, writes, deletes, writeMs, lists, listMs }: Tally) => ({
  read: readMs / Math.max(1, reads),
  write: writeMs / Math.max(1, writes + deletes),
  list: listMs / Math.max(1, lists),
});
