import * as l10n from '@vscode/l10n';
import { type CheckEvidence, type CheckId, type CheckItem, item, unlessFailed } from '../../core/check/item.ts';
import { TextPlaces } from '../../core/text/textRange.ts';
import type { Code, Finding } from './diagnostics/finding.ts';
import type { Practice, Practices } from './practices.ts';

/** One checked file of Worker code. */
export interface CheckedCode {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  /** What KV forbids, which the file already shows. */
  readonly findings: readonly Finding[];
  readonly practices: Practices;
}

/** What counts against an item. */
const AGAINST: Partial<
  Record<CheckId, { readonly codes?: readonly Code[]; readonly practices?: readonly Practice[] }>
> = {
  expirations: { codes: ['expiration', 'expiration-ttl'], practices: ['no-expiration'] },
  'cache-ttl': { codes: ['cache-ttl'] },
  'bulk-reads': { codes: ['bulk-count', 'bulk-type'], practices: ['single-reads'] },
  'list-complete': { codes: ['list-complete'], practices: ['unread-pages'] },
  retries: { practices: ['no-retry'] },
  'null-handling': { practices: ['unchecked-null'] },
  'write-rate': { practices: ['repeated-put'] },
};

/** What was not checked. */
export interface UnseenCode {
  /** There were too many files. */
  readonly isCut: boolean;
  /** Files that are too long and may use KV. */
  readonly tooLong: readonly string[];
}

const MOST_NAMED = 5;

function unseenEvidence({ isCut, tooLong }: UnseenCode): readonly CheckEvidence[] {
  const range = new TextPlaces('').range(0, 0);
  return [
    ...(isCut ? [{ text: l10n.t('There are too many files: not all of them were looked at.') }] : []),
    ...tooLong.slice(0, MOST_NAMED).map((path) => ({
      text: l10n.t('This file is too long to be looked at, and may use KV.'),
      place: { path, range },
    })),
  ];
}

interface Told {
  readonly state: 'passed' | 'unknown';
  readonly text: string;
}

/** What the code of a project shows. */
export function practiceItems(files: readonly CheckedCode[], unseen: UnseenCode): readonly CheckItem[] {
  const sum = (count: (practices: Practices) => number): number =>
    files.reduce((all, { practices }) => all + count(practices), 0);
  const reads = sum((one) => one.reads);
  const cached = sum((one) => one.cachedReads);
  const lists = sum((one) => one.lists);
  const writes = sum((one) => one.writes);
  const judged = (id: CheckId, count: number, passed: () => Told): CheckItem => {
    const against = files.flatMap((file) => evidence(file, id));
    if (against.length > 0) return item(id, 'failed', against);
    const missing = unseenEvidence(unseen);
    if (missing.length > 0) return item(id, 'unknown', missing);
    if (count === 0)
      return item(id, 'unknown', [{ text: l10n.t('No Worker code does this with KV, as far as can be seen.') }]);
    const untold = files.flatMap((file) => untoldEvidence(file, id));
    if (untold.length > 0) {
      const text = l10n.t('What some calls do cannot be told from the code: {0} of {1}.', untold.length, count);
      return item(id, 'unknown', [{ text }, ...untold.slice(0, MOST_NAMED)]);
    }
    return unlessFailed(id, [], passed());
  };
  const pass = (text: string) => (): Told => ({ state: 'passed', text });
  const marked = (id: CheckId): readonly CheckItem[] => {
    const against = files.flatMap((file) => evidence(file, id));
    return against.length > 0 ? [item(id, 'failed', against)] : [];
  };
  return [
    ...marked('expirations'),
    judged('cache-ttl', reads, () =>
      cached === 0
        ? {
            state: 'unknown',
            text: l10n.t(
              'No read sets a cacheTtl (reads: {0}). Whether their values change seldom cannot be told.',
              reads,
            ),
          }
        : {
            state: cached === reads ? 'passed' : 'unknown',
            text: l10n.t('Reads that set a cacheTtl: {0} of {1}.', cached, reads),
          },
    ),
    judged('bulk-reads', reads, pass(l10n.t('No read is made for one key after the other (reads: {0}).', reads))),
    judged('list-complete', lists, pass(l10n.t('No list ends after its first page unasked (lists: {0}).', lists))),
    judged('retries', writes, pass(l10n.t('The error of every write is caught (writes: {0}).', writes))),
    judged(
      'null-handling',
      reads,
      pass(l10n.t('No read is used as if its key were always there (reads: {0}).', reads)),
    ),
    ...marked('write-rate'),
  ];
}

function evidence({ path, text, findings, practices }: CheckedCode, id: CheckId): readonly CheckEvidence[] {
  const { codes = [], practices: against = [] } = AGAINST[id] ?? {};
  const places = new TextPlaces(text);
  return [
    ...findings
      .filter(({ code }) => codes.includes(code))
      .map(({ message, from, to }) => ({ text: message, place: { path, range: places.range(from, to) } })),
    ...practices.findings
      .filter(({ practice }) => against.includes(practice))
      .map(({ message, from, to, practice }) => ({
        text: message,
        place: { path, range: places.range(from, to), problem: practice },
      })),
  ];
}

/** Why calls that are not certainly wrong do not pass. */
const reasonOf = (practice: Practice): string => {
  switch (practice) {
    case 'single-reads':
      return l10n.t('This may be read once, or for one key after the other.');
    case 'unread-pages':
      return l10n.t('Whether the other pages are asked for is not seen here.');
    case 'unchecked-null':
      return l10n.t('Whether a missing key is thought of is not seen here.');
    default:
      return l10n.t('Whether anything catches the error is not seen here.');
  }
};

function untoldEvidence({ path, text, practices }: CheckedCode, id: CheckId): readonly CheckEvidence[] {
  const against = AGAINST[id]?.practices ?? [];
  const places = new TextPlaces(text);
  return practices.untold
    .filter(({ practice }) => against.includes(practice))
    .map(({ practice, from, to }) => ({ text: reasonOf(practice), place: { path, range: places.range(from, to) } }));
}
