import type { SyntaxNode } from '@lezer/common';
import * as l10n from '@vscode/l10n';
import { textOf } from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';
import { hasSpread, optionOf } from '../objects.ts';
import { type Checked, edited, type Finding, type Fix, type Rule, writtenAt } from './finding.ts';
import { toSeconds } from './toSeconds.ts';
import { placeToEdit } from './uses.ts';

const LEAST_TTL = 60;
const LEAST_CACHE_TTL = 30;
/** The runtime accepts no larger number as a time: January 2038, or 68 years. */
const MOST = 2_147_483_647;
/** September 2001, which is before KV: milliseconds below it do not mean a date. */
const LEAST_DATE = 1_000_000_000;
const DAY = 86_400;
const YEAR = 365 * DAY;

/** Sets a number, or that of the `const` that is named. */
const replace = (analysis: Analysis, node: SyntaxNode, text: string, title: string): Fix => ({
  title,
  edits: [edited(analysis.code, placeToEdit(analysis, node), text)],
});

/** `put`: the two ways to set an expiration. */
export const expirations: Rule = (call, checked) => {
  const options = call.method === 'put' ? call.args[2] : undefined;
  if (options?.name !== 'ObjectExpression' || hasSpread(options)) return [];
  const { code } = checked.analysis;
  const ttl = optionOf(code, options, 'expirationTtl');
  if (ttl) return expirationTtl(ttl, checked);
  const expiration = optionOf(code, options, 'expiration');
  return expiration ? expirationAt(expiration, checked) : [];
};

function expirationTtl(node: SyntaxNode, { analysis, isTyped }: Checked): Finding[] {
  const { code, constants } = analysis;
  const at = { code: 'expiration-ttl', from: node.from, to: node.to, written: writtenAt(constants, node) } as const;
  const kind = constants.time(node);
  // TypeScript reports a `Date`, null and text.
  if (kind) return kind === 'date' && isTyped ? [] : [{ ...at, message: milliseconds(), fixes: [] }];
  const text = constants.text(node);
  const source = textOf(code, node);
  if (isTyped && (text || source === 'null')) return [];
  const isNumeric = text?.isWhole === true && text.start.trim() !== '' && Number.isFinite(Number(text.start));
  if (source === 'null' || source === 'NaN' || (text?.isWhole && !isNumeric)) {
    return [{ ...at, message: l10n.t('KV needs a whole number of seconds here, at least 60.'), fixes: [] }];
  }
  const seconds = isNumeric ? Number(text.start) : constants.number(node);
  if (seconds === undefined) return [];
  if (seconds > MOST) {
    const looksLikeMilliseconds = isTtlInMilliseconds(analysis, node, seconds);
    const tooFar = l10n.t(
      'KV takes at most 2147483647 seconds (68 years) and throws a TypeError. Leave expirationTtl out, and the key never expires.',
    );
    return [{ ...at, ...outOfRange(analysis, node, { looksLikeMilliseconds, least: LEAST_TTL, tooFar }, seconds) }];
  }
  if (Math.trunc(seconds) >= LEAST_TTL) return [];
  const message = l10n.t('KV refuses an expirationTtl under 60 seconds: this one is {0}.', seconds);
  return [{ ...at, message, fixes: [replace(analysis, node, `${LEAST_TTL}`, l10n.t('Use 60 seconds'))] }];
}

/**
 * A number above KV's maximum. It may be a distant time in seconds, unless it looks like milliseconds. Only then is
 * dividing it offered, because a distant time would become one in the past or in the next month.
 */
function outOfRange(
  analysis: Analysis,
  node: SyntaxNode,
  { looksLikeMilliseconds, least, tooFar }: { looksLikeMilliseconds: boolean; least: number; tooFar: string },
  value: number,
): Pick<Finding, 'message' | 'fixes'> {
  const origin = analysis.constants.origin(node);
  if (!looksLikeMilliseconds) {
    return { message: tooFar, fixes: [replace(analysis, node, `${MOST}`, l10n.t('Use 2147483647'))] };
  }
  const seconds = Math.floor(value / 1000);
  // Arithmetic is left to its author.
  const isDivisible = origin.name === 'Number' && least <= seconds && seconds <= MOST;
  return {
    message: milliseconds(),
    fixes: isDivisible ? [replace(analysis, node, `${seconds}`, l10n.t('Divide by 1000'))] : [],
  };
}

const milliseconds = (): string => l10n.t('KV takes seconds here; these are milliseconds, and KV throws a TypeError.');

/** Whether a number is days in milliseconds, as a literal or a product, and not years in seconds. */
function isTtlInMilliseconds({ code, constants }: Analysis, node: SyntaxNode, value: number): boolean {
  if (/\b(?:1_?000|1e3)\b/.test(textOf(code, constants.origin(node)))) return true;
  const isYears = value % YEAR === 0 && value < 1000 * YEAR;
  return value % (1000 * DAY) === 0 && !isYears;
}

function expirationAt(node: SyntaxNode, { analysis, now, isTyped }: Checked): Finding[] {
  const { constants } = analysis;
  const at = { code: 'expiration', from: node.from, to: node.to, written: writtenAt(constants, node) } as const;
  const kind = constants.time(node);
  if (kind === 'date' && isTyped) return [];
  if (kind) {
    return [{ ...at, message: milliseconds(), fixes: toSeconds(analysis, node, kind === 'date') }];
  }
  const seconds = constants.number(node);
  if (seconds === undefined) return [];
  if (seconds > MOST) {
    const looksLikeMilliseconds = LEAST_DATE <= seconds / 1000 && seconds / 1000 <= MOST;
    const tooFar = l10n.t(
      'KV takes at most 2147483647 (January 2038) and throws a TypeError. Leave expiration out, and the key never expires.',
    );
    const least = now + LEAST_TTL;
    return [{ ...at, ...outOfRange(analysis, node, { looksLikeMilliseconds, least, tooFar }, seconds) }];
  }
  if (seconds >= now + LEAST_TTL) return [];
  const message =
    seconds <= now
      ? l10n.t('KV refuses an expiration in the past. It is the Unix time in seconds at which the key ends.')
      : l10n.t('KV refuses an expiration that is less than 60 seconds ahead.');
  return [{ ...at, message, fixes: [] }];
}

/** `get` and `getWithMetadata`: how long an answer may come from the cache. */
export const cacheTtl: Rule = (call, { analysis }) => {
  const { code, constants } = analysis;
  const options = call.method === 'get' || call.method === 'getWithMetadata' ? call.args[1] : undefined;
  if (options?.name !== 'ObjectExpression' || hasSpread(options)) return [];
  const node = optionOf(code, options, 'cacheTtl');
  const seconds = node && constants.number(node);
  if (!node || seconds === undefined || seconds >= LEAST_CACHE_TTL) return [];
  return [
    {
      code: 'cache-ttl',
      from: node.from,
      to: node.to,
      message: l10n.t('KV refuses a cacheTtl under 30 seconds: this one is {0}.', seconds),
      fixes: [replace(analysis, node, `${LEAST_CACHE_TTL}`, l10n.t('Use 30 seconds'))],
    },
  ];
};
