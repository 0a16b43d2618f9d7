import * as l10n from '@vscode/l10n';
import type { InsideEstimate } from '../../core/cost/inside.ts';
import { keyCount } from '../../core/store/names.ts';
import { countText } from '../../core/text/countText.ts';
import type { ExtraKeys } from '../../core/transfer/countExtra.ts';
import { keysOf } from '../../core/transfer/selectionName.ts';
import type { JobRequest } from '../../inside/job.ts';
import { patternText, selectionOfJob } from '../../pages/jobs/jobTexts.ts';
import { price, roughTime } from '../../ui/aboutAmounts.ts';
import type { KnownSize } from './knownSize.ts';

/** The facts that the question states. */
export interface ConsentFacts {
  readonly request: JobRequest;
  /** "Acme Inc" */
  readonly account: string;
  /** Full names, including the side. */
  readonly from: string;
  readonly to?: string | undefined;
  /** The name of the Worker. */
  readonly script: string;
  readonly size: KnownSize;
  readonly estimate: InsideEstimate;
  /** Why working from here would do as well; `undefined` if a job pays. */
  readonly paysNot?: string | undefined;
  /** The jurisdiction that the data would leave, "eu": the source has it, the target does not. */
  readonly leaves?: string | undefined;
  /** For a copy that makes the target equal: the keys that only the target has. */
  readonly goes?: ExtraKeys | undefined;
}

export interface Consent {
  readonly question: string;
  readonly lines: readonly string[];
  /** The shortest text that must be shown when the user is asked again. */
  readonly brief: string;
  readonly button: string;
}

/** The question asked before anything is created in an account. */
export function consentOf(facts: ConsentFacts): Consent {
  const { request, account, from, to = '', script, estimate, paysNot, leaves } = facts;
  const reach = [from, to, request.bucket === undefined ? '' : l10n.t('the bucket {0}', request.bucket)]
    .filter((part) => part !== '')
    .join(', ');
  const writes = request.job === 'copy' || request.job === 'delete';
  const takes = l10n.t(
    'It takes about {0} ({1} to {2}, by how fast the account is, which the first 2,000 keys measure) and costs about {3} on the paid plan. These are estimates.',
    roughTime(estimate.seconds),
    roughTime(estimate.low),
    roughTime(estimate.high),
    price(estimate.dollars),
  );
  const lines = [
    l10n.t(
      'A throw-away Worker, {0}, is uploaded to {1}. It has no address and no secret, and reaches nothing but {2}. It is removed when the job has ended.',
      script,
      account,
      reach,
    ),
    doesText(facts),
    goesText(facts),
    takes,
    paysNot ?? '',
    request.job === 'copy' || request.job === 'export'
      ? [
          l10n.t(
            'The result is no snapshot: what is written to the source meanwhile, or was in the last minute, may be in it or not.',
          ),
          l10n.t(
            'A key fails whose metadata has a number too large for a Worker (from 2^53 on). Fractions with more than 15 digits come out rounded.',
          ),
        ].join(' ')
      : '',
    request.verify ? l10n.t('A minute after it both sides are compared, and what differs is mended.') : '',
    leaves === undefined
      ? ''
      : l10n.t('The data of {0} stays in a jurisdiction ({1}); this takes it out of there.', from, leaves),
    [
      l10n.t('It goes on with this window closed. Cancelling takes minutes to end.'),
      ...(writes ? [l10n.t('There is no undo for what it writes.')] : []),
    ].join(' '),
    l10n.t(
      'Your sign-in needs a permission for it that can replace every Worker of the account: {0}.',
      'Workers Scripts: Edit',
    ),
  ];
  return {
    question: questionText(facts),
    lines: lines.filter((line) => line !== ''),
    brief: [doesText(facts), goesText(facts), takes].filter((text) => text !== '').join(' '),
    button: buttonText(request),
  };
}

/** "about 12,000,000 keys that begin with “user:”" */
export const sizeText = ({ keys, how }: KnownSize): string => {
  const count = keyCount(keys);
  switch (how) {
    case 'exactly':
      return count;
    case 'about':
      return l10n.t('about {0}', count);
    case 'atLeast':
      return l10n.t('at least {0}', count);
    case 'atMost':
      return l10n.t('at most {0}', count);
  }
};

function questionText({ request, from, to = '', size }: ConsentFacts): string {
  const keys = keysOf(selectionOfJob(request), sizeText(size));
  switch (request.job) {
    case 'copy':
      if (request.comparesOnly) {
        return l10n.t('Compare {0} of {1} with {2} inside Cloudflare, and mend what differs?', keys, from, to);
      }
      return l10n.t('Copy {0} from {1} to {2} inside Cloudflare?', keys, from, to);
    case 'export':
      return l10n.t('Export {0} from {1} to the bucket {2} inside Cloudflare?', keys, from, request.bucket ?? '');
    case 'search':
      return l10n.t('Search {0} of {1} for {2} inside Cloudflare?', keys, from, patternText(request.query));
    case 'delete':
      return l10n.t('Delete {0} from {1} inside Cloudflare?', keys, from);
  }
}

/** How many keys a copy that makes the target equal would delete. */
function goesText({ goes, to = '' }: ConsentFacts): string {
  if (goes === undefined || (goes.target === 0 && !goes.isAll)) return '';
  const [extra, target] = [keyCount(goes.extra), countText(goes.target)];
  return goes.isAll
    ? l10n.t('Of the {1} keys in {2} now, this deletes {0}.', extra, target, to)
    : l10n.t(
        'Of the first {1} keys in {2}, this deletes {0}; there are more, of which nobody knows yet.',
        extra,
        target,
        to,
      );
}

function doesText({ request, from, to = '' }: ConsentFacts): string {
  switch (request.job) {
    case 'copy':
      if (request.comparesOnly) {
        return request.mode === 'equal'
          ? l10n.t(
              'It lists both sides, copies to {1} what is missing there or has other metadata or another expiration, and deletes there what {0} does not have.',
              from,
              to,
            )
          : l10n.t(
              'It lists both sides, and copies from {0} to {1} what is missing there or has other metadata or another expiration.',
              from,
              to,
            );
      }
      switch (request.mode ?? 'all') {
        case 'all':
          return l10n.t('It reads {0} and writes {1}. Keys that are there already are overwritten.', from, to);
        case 'missing':
          return l10n.t('It reads {0} and writes to {1} what is missing there. Keys that are there stay.', from, to);
        case 'equal':
          if (request.keys)
            return l10n.t('It reads {0} and writes {1}. Keys that are there already are overwritten.', from, to);
          return l10n.t(
            'It reads {0}, writes {1}, and deletes there what {0} does not have, also what is put there meanwhile.',
            from,
            to,
          );
      }
      break;
    case 'export':
      return l10n.t('It reads {0} and writes NDJSON files with a manifest, which “Import Keys…” reads.', from);
    case 'search':
      return l10n.t('It only reads {0}. What it finds stands in its report.', from);
    case 'delete':
      return l10n.t('It deletes from {0} for good, also what is put there while it runs.', from);
  }
}

function buttonText({ job, comparesOnly }: JobRequest): string {
  switch (job) {
    case 'copy':
      if (comparesOnly) return l10n.t('Compare Inside Cloudflare');
      return l10n.t('Copy Inside Cloudflare');
    case 'export':
      return l10n.t('Export Inside Cloudflare');
    case 'search':
      return l10n.t('Search Inside Cloudflare');
    case 'delete':
      return l10n.t('Delete Inside Cloudflare');
  }
}
