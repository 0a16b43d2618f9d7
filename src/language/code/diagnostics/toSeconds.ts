import type { SyntaxNode } from '@lezer/common';
import * as l10n from '@vscode/l10n';
import { type Code, children, members, textOf } from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';
import { memberOf } from '../classFields.ts';
import { type Edit, edited, type Fix } from './finding.ts';
import { isOnlyUse } from './uses.ts';

/** The least time ahead that KV accepts, in seconds. */
const LEAST = 60;
const MINUTE_MS = 60_000;
const DAY = 86_400;

/** How many names and operators to follow. */
const DEEPEST = 32;

/** A time in milliseconds, taken apart. */
interface Parts {
  /** The point in time, such as `Date.now()`; absent if it cannot be edited by itself. */
  readonly start?: SyntaxNode;
  /** It is the present, not any date. */
  readonly isNow: boolean;
  /** The total of what is added; `undefined` if unknown. */
  readonly added: number | undefined;
  readonly terms: readonly SyntaxNode[];
}

type Unit = 'milliseconds' | 'seconds' | 'unknown';

/**
 * The ways to write a time in milliseconds in seconds. If seconds are added to it, only the point in time is divided:
 * with the whole of it divided, `Date.now() + 3600` would end after four seconds. None for what has passed by then.
 */
export function toSeconds(analysis: Analysis, node: SyntaxNode, isDate: boolean): readonly Fix[] {
  const { code } = analysis;
  const source = textOf(code, node);
  const whole = edited(code, node, inSeconds(isDate ? `${source}.getTime()` : source, node.name));
  const parts = partsOf(analysis, node);
  if (!parts) return [converted(whole)];
  const { start, isNow, added, terms } = parts;
  const unit = unitOf(analysis, parts);
  const isTooSoon = (least: number): boolean => isNow && added !== undefined && added < least;
  const split =
    start && !isTooSoon(LEAST) ? edited(code, start, inSeconds(textOf(code, start), start.name)) : undefined;
  if (terms.length === 0) return isNow ? [] : [converted(whole)];
  switch (unit) {
    case 'seconds':
      return split ? [converted(split)] : [];
    case 'milliseconds':
      return isTooSoon(MINUTE_MS) ? [] : [converted(whole)];
    case 'unknown':
      return split
        ? [whole, split].map((edit) => ({ title: l10n.t('Use {0}', edit.text), edits: [edit], isGuess: true }))
        : [converted(whole)];
  }
}

const converted = (edit: Edit): Fix => ({ title: l10n.t('Convert milliseconds to seconds'), edits: [edit] });

const inSeconds = (source: string, name: string): string =>
  `Math.floor(${name === 'BinaryExpression' ? `(${source})` : source} / 1000)`;

function partsOf(analysis: Analysis, node: SyntaxNode, depth = 0): Parts | undefined {
  const { constants } = analysis;
  if (depth > DEEPEST) return undefined;
  if (node.name === 'ParenthesizedExpression') {
    const inner = children(node)[1];
    return inner && partsOf(analysis, inner, depth + 1);
  }
  const sum = node.name === 'BinaryExpression' ? sumOf(analysis, node) : undefined;
  if (sum) {
    const parts = partsOf(analysis, sum.time, depth + 1);
    if (!parts) return undefined;
    const number = constants.number(sum.term);
    const added = number === undefined || parts.added === undefined ? undefined : parts.added + sum.sign * number;
    return { ...parts, added, terms: [...parts.terms, sum.term] };
  }
  const value = constants.constant(node);
  const named = value && partsOf(analysis, value, depth + 1);
  if (!value || !named) return startOf(analysis, node, depth);
  if (named.terms.length === 0) return { ...(isSetLater(analysis.code, node) ? OTHER : named), start: node };
  if (isOnlyUse(analysis, node)) return named;
  return withoutStart(named);
}

/** A date that the file does not tell. */
const OTHER: Parts = { isNow: false, added: 0, terms: [] };
const NOW: Parts = { ...OTHER, isNow: true };

const withoutStart = ({ isNow, added, terms }: Parts): Parts => ({ isNow, added, terms });

/** The parts of what is no sum: `Date.now()`, `new Date(…)` or `date.getTime()`. */
function startOf(analysis: Analysis, start: SyntaxNode, depth: number): Parts | undefined {
  const { code, constants } = analysis;
  if (start.name === 'NewExpression') {
    const list = start.getChild('ArgList');
    const [first] = list ? members(list) : [];
    if (!first) return NOW;
    return withoutStart((constants.time(first) && partsOf(analysis, first, depth + 1)) || OTHER);
  }
  if (start.name !== 'CallExpression') return undefined;
  if (/^Date\b/.test(textOf(code, start))) return { ...NOW, start };
  const callee = start.firstChild;
  const date = callee?.name === 'MemberExpression' ? memberOf(code, callee)?.object : undefined;
  const given = date && constants.time(date) === 'date' ? partsOf(analysis, date, depth + 1) : undefined;
  if (!date || !given || isSetLater(code, date)) return { ...OTHER, start };
  return given.terms.length === 0 ? { ...given, start } : given;
}

/** `date.setHours(…)` */
function isSetLater(code: Code, date: SyntaxNode): boolean {
  const name = textOf(code, date).replaceAll('$', '\\$&');
  return date.name === 'VariableName' && new RegExp(`(?<![\\w$])${name}\\s*\\.\\s*set`).test(code.text);
}

/** The time in a sum, and what is added to it. */
function sumOf({ code, constants }: Analysis, node: SyntaxNode) {
  const [left, operator, right] = children(node);
  if (!left || !operator || !right) return undefined;
  const text = textOf(code, operator);
  if (text !== '+' && text !== '-') return undefined;
  if (constants.time(left) === 'number') return { time: left, term: right, sign: text === '+' ? 1 : -1 };
  return { time: right, term: left, sign: 1 };
}

const IN_MS = /(?:_MS|_ms|[a-z]Ms|\bms)\b|[mM]illi|MILLI/;
const IN_SECONDS = /(?:_S|secs|seconds)\b(?!\s*\()/i;
const THOUSAND = /\b(?:\d+_000|\d*[1-9]000|\d+e\d+)\b/i;

/** The unit of what is added, by its names, its size and the numbers that it is made of. */
function unitOf({ code, constants }: Analysis, { added, terms }: Parts): Unit {
  const source = terms.map((term) => textOf(code, term)).join(' ');
  if (IN_MS.test(source)) return 'milliseconds';
  if (added === undefined) {
    if (THOUSAND.test(source)) return 'milliseconds';
    return IN_SECONDS.test(source) ? 'seconds' : 'unknown';
  }
  if (Math.abs(added) < MINUTE_MS) return 'seconds';
  const origins = terms.map((term) => textOf(code, constants.origin(term))).join(' ');
  if (THOUSAND.test(origins)) return 'milliseconds';
  if (/\b60\s*\*\s*60\b|\b(?:3_?600|86_?400)\b/.test(origins)) return 'seconds';
  return added % DAY === 0 && added % MINUTE_MS !== 0 ? 'seconds' : 'milliseconds';
}
