import type { SyntaxNode } from '@lezer/common';
import * as l10n from '@vscode/l10n';
import { hasSpread, optionOf } from '../analysis.ts';
import { type Code, children, textOf } from '../syntax.ts';
import type { Checked, Finding, Fix, Rule } from './finding.ts';

const LEAST_TTL = 60;
const LEAST_CACHE_TTL = 30;
/** Above it the runtime takes no number for a time. */
const MOST = 2_147_483_647;

const replace = (node: SyntaxNode, text: string, title: string): Fix => ({
  title,
  edits: [{ from: node.from, to: node.to, text }],
});

/** `put`: the two ways to give a key its end. */
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
  const at = { code: 'expiration-ttl', from: node.from, to: node.to } as const;
  const milliseconds = inMilliseconds(code, node);
  if (milliseconds) return [{ ...at, message: tooLate(), fixes: [] }];
  const text = constants.text(node);
  const isNumeric = text?.isWhole === true && text.start.trim() !== '' && Number.isFinite(Number(text.start));
  if (node.name === 'null' || textOf(code, node) === 'NaN' || (text?.isWhole && !isNumeric)) {
    // `null` and text are reported by TypeScript, NaN is a number to it.
    if (isTyped && textOf(code, node) !== 'NaN') return [];
    return [{ ...at, message: l10n.t('KV needs a whole number of seconds here, at least 60.'), fixes: [] }];
  }
  const seconds = isNumeric ? Number(text.start) : constants.number(node);
  if (seconds === undefined) return [];
  if (seconds > MOST) {
    const divided = seconds % 1000 === 0 && node.name === 'Number' ? [shorter(node, seconds)] : [];
    return [{ ...at, message: tooLate(), fixes: divided }];
  }
  if (Math.trunc(seconds) >= LEAST_TTL) return [];
  return [
    {
      ...at,
      message: l10n.t('KV refuses an expirationTtl under 60 seconds: this one is {0}.', seconds),
      fixes: [replace(node, `${LEAST_TTL}`, l10n.t('Use 60 seconds'))],
    },
  ];
}

const shorter = (node: SyntaxNode, milliseconds: number): Fix =>
  replace(node, `${milliseconds / 1000}`, l10n.t('Divide by 1000'));

const tooLate = (): string => l10n.t('KV takes seconds here; these are milliseconds, and KV throws a TypeError.');

function expirationAt(node: SyntaxNode, checked: Checked): Finding[] {
  const { analysis, now, isTyped } = checked;
  const { code, constants } = analysis;
  const at = { code: 'expiration', from: node.from, to: node.to } as const;
  const milliseconds = inMilliseconds(code, node);
  if (milliseconds === 'date' && isTyped) return [];
  if (milliseconds) {
    const value = milliseconds === 'date' ? `${textOf(code, node)}.getTime()` : textOf(code, node);
    const fix = replace(node, `Math.floor((${value}) / 1000)`, l10n.t('Convert milliseconds to seconds'));
    return [{ ...at, message: tooLate(), fixes: [fix] }];
  }
  const seconds = constants.number(node);
  if (seconds === undefined) return [];
  if (seconds > MOST) {
    const fixes =
      node.name === 'Number' ? [replace(node, `${Math.floor(seconds / 1000)}`, l10n.t('Divide by 1000'))] : [];
    return [{ ...at, message: tooLate(), fixes }];
  }
  if (seconds >= now + LEAST_TTL) return [];
  const message =
    seconds <= now
      ? l10n.t('KV refuses an expiration in the past. It is the Unix time in seconds at which the key ends.')
      : l10n.t('KV refuses an expiration that is less than 60 seconds ahead.');
  return [{ ...at, message, fixes: [] }];
}

/** What gives a time in milliseconds, whatever it is called on. */
const MILLISECONDS = /(?:^Date\s*\.\s*now|\.\s*getTime)\s*\(\s*\)$/;

/** `Date.now()`, `date.getTime()`, `new Date(…)` and sums of them, as long as nothing divides. */
function inMilliseconds(code: Code, node: SyntaxNode): 'number' | 'date' | undefined {
  switch (node.name) {
    case 'NewExpression':
      return /^new\s+Date\b/.test(textOf(code, node)) ? 'date' : undefined;
    case 'CallExpression':
      return MILLISECONDS.test(textOf(code, node)) ? 'number' : undefined;
    case 'ParenthesizedExpression': {
      const inner = node.firstChild?.nextSibling;
      return inner ? inMilliseconds(code, inner) : undefined;
    }
    case 'BinaryExpression': {
      const [left, operator, right] = children(node);
      if (!left || !operator || !right) return undefined;
      const sign = textOf(code, operator);
      if (sign !== '+' && sign !== '-') return undefined;
      const found = [left, right].map((side) => inMilliseconds(code, side));
      return found.includes('number') ? 'number' : undefined;
    }
    default:
      return undefined;
  }
}

/** `get` and `getWithMetadata`: how long an answer may be taken from the cache. */
export const cacheTtl: Rule = (call, { analysis: { code, constants } }) => {
  const options = call.method === 'get' || call.method === 'getWithMetadata' ? call.args[1] : undefined;
  if (options?.name !== 'ObjectExpression' || hasSpread(options)) return [];
  const node = optionOf(code, options, 'cacheTtl');
  const seconds = node && constants.number(node);
  if (!node || seconds === undefined || seconds >= LEAST_CACHE_TTL) return [];
  return [
    {
      code: 'cache-ttl',
      ...{ from: node.from, to: node.to },
      message: l10n.t('KV refuses a cacheTtl under 30 seconds: this one is {0}.', seconds),
      fixes: [replace(node, `${LEAST_CACHE_TTL}`, l10n.t('Use 30 seconds'))],
    },
  ];
};
