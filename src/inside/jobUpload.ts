import * as l10n from '@vscode/l10n';
import { KvError } from '../core/base/errors.ts';
import { compareUtf8 } from '../core/keys/utf8Order.ts';
import { compile } from '../core/search/pattern.ts';
import type { JobRequest, Upload } from './job.ts';
import { moduleTexts } from './moduleTexts.ts';
import { MARK, newScript, partsOf } from './names.ts';
import type { JobParams, Needle, Pace } from './protocol.ts';

const COMPATIBILITY_DATE = '2026-10-01';
/** Paid plan only: the coordinator looks at thousands of parts. */
const LIMITS = { subrequests: 10_000_000, cpu_ms: 300_000 };
/** The parameters of an instance may have 1 MiB at most. */
const MOST_SELECTED_BYTES = 500_000;

export const usualPace: Pace = {
  turnMs: 10_000,
  settleMs: 60_000,
  probeKeys: 2000,
  pagesPerPart: 4,
  pageSize: 1000,
  stuckMs: 60 * 60_000,
  retryMs: 2000,
  callRetryMs: 1500,
};

/** Everything that is sent for a job, with an unused name. Throws what {@link paramsOf} would. */
export function makeUpload(request: JobRequest): Upload {
  selectedKeys(request);
  const script = newScript();
  const { from, to, job, bucket } = request;
  const bindings = [
    { type: 'kv_namespace', name: 'SOURCE', namespace_id: from.id },
    ...(job === 'copy' && to ? [{ type: 'kv_namespace', name: 'TARGET', namespace_id: to.id }] : []),
    ...(job === 'export' && bucket ? [{ type: 'r2_bucket', name: 'BUCKET', bucket_name: bucket }] : []),
    { type: 'workflow', name: 'PART', workflow_name: partsOf(script), class_name: 'Part' },
  ];
  const metadata = {
    main_module: moduleTexts[0]?.name,
    compatibility_date: COMPATIBILITY_DATE,
    tags: [MARK],
    observability: { enabled: false },
    limits: LIMITS,
    bindings,
  };
  return { script, modules: moduleTexts, metadata: JSON.stringify(metadata, null, 2) };
}

/** The parameters of the coordinator. Throws `invalidInput`. */
export function paramsOf(request: JobRequest, script: string, pace: Pace, now: number): JobParams {
  const { job, query } = request;
  const selected = selectedKeys(request);
  return {
    request: { ...request, ...(selected && { keys: selected }) },
    startedAt: now,
    pace,
    ...(query && { needle: needleOf(query) }),
    ...(job === 'export' && { folder: `${script}-${new Date(now).toISOString().slice(0, 10)}` }),
  };
}

/** Throws `tooLarge` if the selection exceeds what the parameters of an instance may hold. */
function selectedKeys({ keys }: JobRequest): readonly string[] | undefined {
  // The parts of a selection continue after a key, in listing order.
  const selected = keys && [...new Set(keys)].sort(compareUtf8);
  if (selected && Buffer.byteLength(JSON.stringify(selected)) > MOST_SELECTED_BYTES) {
    throw new KvError(
      'tooLarge',
      l10n.t('The job was not started: it takes half a megabyte of selected keys at most. Use a prefix instead.'),
    );
  }
  return selected;
}

function needleOf(query: NonNullable<JobRequest['query']>): Needle {
  if ('text' in query) return { text: query.text };
  const { source, flags } = compile(query.regex);
  return { source, flags };
}
