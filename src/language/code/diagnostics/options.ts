import type { SyntaxNode } from '@lezer/common';
import * as l10n from '@vscode/l10n';
import { textOf } from '../../../core/code/syntax.ts';
import { hasSpread, optionOf, properties } from '../objects.ts';
import { edited, type Finding, type Rule } from './finding.ts';
import { placeToEdit } from './uses.ts';

/** Known misspellings only, because an unknown name may be an option in the future. */
const SLIPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  put: {
    ttl: 'expirationTtl',
    expirationTTL: 'expirationTtl',
    expiration_ttl: 'expirationTtl',
    expires: 'expiration',
    expire: 'expiration',
    expiresAt: 'expiration',
  },
  get: { cacheTTL: 'cacheTtl', cache_ttl: 'cacheTtl' },
  getWithMetadata: { cacheTTL: 'cacheTtl', cache_ttl: 'cacheTtl' },
};

/** Which argument contains the options. */
const PLACE: Readonly<Record<string, number>> = { put: 2, get: 1, getWithMetadata: 1, list: 0 };

/** A misspelled option is ignored, and so the key never expires. */
export const optionNames: Rule = ({ method, args }, { analysis: { code }, isTyped }) => {
  const options = args[PLACE[method] ?? -1];
  const slips = SLIPS[method];
  if (isTyped || !slips || options?.name !== 'ObjectExpression') return [];
  const given = properties(code, options);
  return given.flatMap(({ name, at, value }): Finding[] => {
    const meant = Object.hasOwn(slips, name) ? slips[name] : undefined;
    if (meant === undefined) return [];
    const isThere = given.some((other) => other.name === meant);
    const text = value === at ? `${meant}: ${name}` : meant;
    const fixes = isThere
      ? []
      : [{ title: l10n.t('Rename to “{0}”', meant), edits: [{ from: at.from, to: at.to, text }] }];
    const message =
      method === 'put' && !isThere
        ? l10n.t('KV ignores “{0}”: the key would never expire. The option is called “{1}”.', name, meant)
        : l10n.t('KV ignores “{0}”. The option is called “{1}”.', name, meant);
    return [{ code: 'option', from: at.from, to: at.to, message, fixes }];
  });
};

/** A number in place of the options of `put`, or text in place of those of `list`. */
export const optionObjects: Rule = ({ method, args }, { analysis: { code, constants }, isTyped }) => {
  if (isTyped) return [];
  const third = method === 'put' ? args[2] : undefined;
  if (third && isPlain(third) && constants.number(third) !== undefined) {
    return [wrapped(third, `{ expirationTtl: ${textOf(code, third)} }`, 'PutOptions')];
  }
  const first = method === 'list' ? args[0] : undefined;
  if (first && (first.name === 'String' || first.name === 'TemplateString')) {
    return [wrapped(first, `{ prefix: ${textOf(code, first)} }`, 'ListOptions')];
  }
  return [];
};

const isPlain = ({ name }: SyntaxNode): boolean => name === 'Number' || name === 'BinaryExpression';

function wrapped({ from, to }: SyntaxNode, text: string, options: string): Finding {
  const message =
    options === 'PutOptions'
      ? l10n.t('The third argument of put is an object of options: this throws a TypeError.')
      : l10n.t('The argument of list is an object of options: this throws a TypeError.');
  return {
    code: 'options',
    from,
    to,
    message,
    fixes: [{ title: l10n.t('Use {0}', text), edits: [{ from, to, text }] }],
  };
}

/** A page has at most 1,000 keys. */
export const listLimit: Rule = ({ method, args: [options] }, { analysis }) => {
  const { code, constants } = analysis;
  if (method !== 'list' || options?.name !== 'ObjectExpression' || hasSpread(options)) return [];
  const node = optionOf(code, options, 'limit');
  const limit = node && constants.number(node);
  if (!node || limit === undefined || Math.trunc(limit) <= 1000) return [];
  return [
    {
      code: 'list-limit',
      from: node.from,
      to: node.to,
      message: l10n.t('KV lists at most 1,000 keys at once: this limit is {0}.', limit),
      fixes: [{ title: l10n.t('Use 1000'), edits: [edited(code, placeToEdit(analysis, node), '1000')] }],
    },
  ];
};
