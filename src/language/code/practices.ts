import type { SyntaxNode } from '@lezer/common';
import * as l10n from '@vscode/l10n';
import { isShortLived, mayLast } from '../../core/check/isShortLived.ts';
import { isFunction, nearest, textOf } from '../../core/code/syntax.ts';
import type { Analysis } from './analysis.ts';
import type { KvCall, Range } from './calls.ts';
import { hasSpread, optionOf, properties } from './objects.ts';
import { errorHandling, isLeftAlone } from './practices/errorHandling.ts';
import { isWithin } from './practices/flow.ts';
import { nullHandling } from './practices/nullHandling.ts';
import { singleReads } from './practices/singleReads.ts';
import { unreadPages } from './practices/unreadPages.ts';
import type { Verdict } from './practices/verdict.ts';

/*
 * Things that KV allows but that a production Worker should not do. Only cases that are certain are reported, even if a
 * reader would suspect more.
 */

export type Practice =
  | 'single-reads'
  | 'unread-pages'
  | 'no-retry'
  | 'unchecked-null'
  | 'no-expiration'
  | 'repeated-put';

export interface PracticeFinding extends Range {
  readonly practice: Practice;
  readonly message: string;
}

/** A call about which nothing can be told. */
export interface Untold extends Range {
  readonly practice: Practice;
}

/** What the calls of a file do. */
export interface Practices {
  readonly findings: readonly PracticeFinding[];
  /** Calls that may be right or wrong. */
  readonly untold: readonly Untold[];
  readonly reads: number;
  /** Reads that set a `cacheTtl`. */
  readonly cachedReads: number;
  readonly lists: number;
  readonly writes: number;
}

export function practicesIn(analysis: Analysis): Practices {
  const { calls } = analysis;
  const reads = calls.filter(isRead);
  const judged = calls.flatMap((call) =>
    JUDGES.filter(({ isAbout }) => isAbout(call)).map(({ practice, judge, message }) => ({
      call,
      practice,
      message,
      verdict: judge(analysis, call),
    })),
  );
  const of = (verdict: Verdict) => judged.filter((one) => one.verdict === verdict);
  const findings = [
    ...calls.flatMap((call) => RULES.flatMap((rule) => rule(analysis, call))),
    ...of('bad').flatMap(({ call, practice, message }) => found(practice, call.methodAt, message(call, analysis))),
  ];
  return {
    findings: findings.sort((a, b) => a.from - b.from),
    untold: of('unknown').map(({ call: { methodAt }, practice }) => ({ ...methodAt, practice })),
    reads: reads.length,
    cachedReads: reads.filter((call) => setsCacheTtl(analysis, call)).length,
    lists: calls.filter(isList).length,
    writes: calls.filter(isWrite).length,
  };
}

const isRead = ({ method }: KvCall): boolean => method === 'get' || method === 'getWithMetadata';
const isList = ({ method }: KvCall): boolean => method === 'list';
const isWrite = ({ method }: KvCall): boolean => method === 'put' || method === 'delete';

/** The rule that judges each kind of call: right, wrong or unknown. */
const JUDGES: readonly {
  readonly practice: Practice;
  readonly isAbout: (call: KvCall) => boolean;
  readonly judge: (analysis: Analysis, call: KvCall) => Verdict;
  readonly message: (call: KvCall, analysis: Analysis) => string;
}[] = [
  {
    practice: 'single-reads',
    isAbout: isRead,
    judge: singleReads,
    message: () => l10n.t('One read for each key: a list of up to 100 keys is read with one call, and counts as one.'),
  },
  {
    practice: 'unread-pages',
    isAbout: isList,
    judge: unreadPages,
    message: () =>
      l10n.t('This lists the first 1,000 keys at most, and nothing here follows the cursor to the others.'),
  },
  {
    practice: 'unchecked-null',
    isAbout: isRead,
    judge: nullHandling,
    message: () => l10n.t('The key may be missing, and get gives null for it: this then throws.'),
  },
  { practice: 'no-retry', isAbout: isWrite, judge: errorHandling, message: noRetry },
];

type Rule = (analysis: Analysis, call: KvCall) => readonly PracticeFinding[];

const found = (practice: Practice, { from, to }: Range, message: string): PracticeFinding[] => [
  { practice, from, to, message },
];

function noRetry(call: KvCall, analysis: Analysis): string {
  if (isLeftAlone(analysis, call)) {
    return call.method === 'put'
      ? l10n.t('Nothing waits for this put: nobody learns when it fails. Await it, or hand it to waitUntil.')
      : l10n.t('Nothing waits for this delete: nobody learns when it fails. Await it, or hand it to waitUntil.');
  }
  return call.method === 'put'
    ? l10n.t('Nothing catches the error of this put: one write too soon to its key (429) fails the whole request.')
    : l10n.t('Nothing catches the error of this delete: one write too soon to its key (429) fails the whole request.');
}

function setsCacheTtl({ code, constants }: Analysis, { args: [, options] }: KvCall): boolean {
  const object = options && (constants.constant(options) ?? options);
  return object !== undefined && optionOf(code, object, 'cacheTtl') !== undefined;
}

/** A session, a cache entry or the like that never expires. */
const noExpiration: Rule = ({ code, constants }, call) => {
  const [key, , options] = call.args;
  if (call.method !== 'put' || call.hasSpread || !key) return [];
  const name = constants.text(key)?.start ?? '';
  if (mayLast(name)) return [];
  if (!isShortLived(name) && !(call.bindings.length > 0 && call.bindings.every(isShortLived))) return [];
  if (options && (options.name !== 'ObjectExpression' || hasSpread(options))) return [];
  if (options && properties(code, options).some((one) => /^expiration(?:Ttl)?$/.test(one.name))) return [];
  const message = l10n.t('What is written here looks short-lived, and is kept for ever: it has no expirationTtl.');
  return found('no-expiration', call.methodAt, message);
};

const LOOPS: ReadonlySet<string> = new Set(['WhileStatement', 'DoStatement', 'ForStatement']);

const ENDS = /\b(?:catch|wait|break|continue|return|throw|yield)\b|[sS]leep|setTimeout/;

/** Code that need not run each time. */
const CONDITIONS = /^(?:IfStatement|SwitchStatement|ConditionalExpression)$/;

const isCondition = ({ name, firstChild }: SyntaxNode): boolean =>
  CONDITIONS.test(name) || (name === 'BinaryExpression' && firstChild?.nextSibling?.name === 'LogicOp');

/** Whether a loop waits for anything but KV, which may take a second. */
function mayPause({ calls }: Analysis, loop: SyntaxNode): boolean {
  const own = calls.filter(({ node }) => isWithin(node, loop));
  let found = loop.getChild('await') !== null;
  loop.cursor().iterate((cursor) => {
    if (cursor.name !== 'AwaitExpression') return;
    const { from, to } = cursor;
    // The parser attaches some to the receiver of the call.
    found ||= !own.some((call) => call.node.to === to || (call.node.from <= from && to <= call.methodAt.from));
  });
  return found;
}

/** A loop that repeatedly writes one key. */
const repeatedPut: Rule = (analysis, call) => {
  const { code, constants } = analysis;
  const [key] = call.args;
  if (call.method !== 'put' || !key || !constants.text(key)?.isWhole) return [];
  const loop = nearest(call.node, (node) => LOOPS.has(node.name) || isFunction(node) || isCondition(node));
  if (!loop || !LOOPS.has(loop.name) || mayPause(analysis, loop)) return [];
  // It retries, pauses between writes, skips some, or ends with the write.
  if (ENDS.test(textOf(code, loop))) return [];
  const message = l10n.t('This loop writes one key again and again: KV takes one write a second for a key.');
  return found('repeated-put', call.methodAt, message);
};

const RULES: readonly Rule[] = [noExpiration, repeatedPut];
