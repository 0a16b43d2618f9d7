import type { SyntaxNode } from '@lezer/common';
import * as l10n from '@vscode/l10n';
import type { Analysis } from '../analysis.ts';
import { optionOf } from '../objects.ts';
import { holdsError, members, textOf } from '../syntax.ts';
import { alternatives } from '../types.ts';
import type { Rule } from './finding.ts';
import { isRead, typeOf } from './keys.ts';

const TYPES: readonly string[] = ['text', 'json', 'arrayBuffer', 'stream'];

/** What a class of the platform or the language makes that is no value of KV. */
const CLASSES = /^new\s+(Date|URL|URLSearchParams|Map|Set|Response|Request|Blob|File|FormData|Headers|Promise)\b/;
const FUNCTIONS: readonly string[] = ['ArrowFunction', 'FunctionExpression'];

/** `put` takes text, bytes and streams. */
export const values: Rule = (call, { analysis: { code }, isTyped }) => {
  const value = call.method === 'put' && !isTyped ? call.args[1] : undefined;
  if (!value) return [];
  const made = CLASSES.exec(value.name === 'NewExpression' ? textOf(code, value) : '')?.[1];
  const isLiteral = value.name === 'ObjectExpression' || value.name === 'ArrayExpression';
  if (!isLiteral && !made && !FUNCTIONS.includes(value.name)) return [];
  const text = textOf(code, value);
  const hasText = isLiteral || made === 'Date' || made === 'URL';
  const fixes =
    made === 'Response' || made === 'Request'
      ? [
          {
            title: l10n.t('Store its body'),
            edits: [{ from: value.from, to: value.to, text: `${parenthesized(value, text)}.body` }],
          },
        ]
      : hasText
        ? [
            {
              title: l10n.t('Store it as JSON'),
              edits: [{ from: value.from, to: value.to, text: `JSON.stringify(${text})` }],
            },
          ]
        : [];
  const message = l10n.t('KV stores text, ArrayBuffers, views of them and streams: this throws a TypeError.');
  return [{ code: 'value', from: value.from, to: value.to, message, fixes }];
};

/** `new X().y` is a member of the new one, `new X.y()` is not. */
const parenthesized = (node: SyntaxNode, text: string): string => (node.getChild('ArgList') ? text : `(${text})`);

/** A type that KV does not know throws only when the key exists. */
export const valueTypes: Rule = (call, { analysis: { code, constants }, isTyped }) => {
  if (!isRead(call) || isTyped) return [];
  const node = typeOf(call, (options) => optionOf(code, options, 'type'));
  const text = node && (node.name === 'String' || node.name === 'TemplateString') ? constants.text(node) : undefined;
  if (!node || !text?.isWhole || TYPES.includes(text.start)) return [];
  const alike = TYPES.find((type) => type.toLowerCase() === text.start.toLowerCase());
  const fixes = alike
    ? [{ title: l10n.t('Use “{0}”', alike), edits: [{ from: node.from, to: node.to, text: JSON.stringify(alike) }] }]
    : [];
  const message = l10n.t(
    'KV reads as “text”, “json”, “arrayBuffer” or “stream”: with “{0}” it throws a TypeError as soon as the key exists.',
    text.start,
  );
  return [{ code: 'value-type', from: node.from, to: node.to, message, fixes }];
};

/**
 * A type argument does not parse anything: what comes is text. With a second argument TypeScript reports what does not go
 * with it.
 */
export const jsonTypes: Rule = (call, { analysis }) => {
  const { method, typeArgs, args } = call;
  const [key, second] = args;
  const [type] = typeArgs ? members(typeArgs) : [];
  if (method !== 'get' || !typeArgs || !type || !key || second) return [];
  if (mayBeText(analysis, textOf(analysis.code, type))) return [];
  return [
    {
      ...{ code: 'json-type', from: typeArgs.from, to: typeArgs.to },
      message: l10n.t('KV gives text unless it is asked for “json”, whatever the type argument says.'),
      fixes: [{ title: l10n.t('Read as JSON'), edits: [{ from: key.to, to: key.to, text: ', "json"' }] }],
    },
  ];
};

/** Types that text is, and those that promise nothing. */
const TEXT = /^\(*(?:(?:string|unknown|any|never|null|undefined)\b|["'`]|keyof\b)/;

/**
 * True for what text may have as its type: `string`, literals, enums, members of other types, aliases of these, and whatever
 * this file does not say more of than its name.
 */
function mayBeText(analysis: Analysis, type: string, depth = 0): boolean {
  return alternatives(type).every((one) => {
    if (/\[\s*\]$/.test(one)) return false;
    if (depth > 8 || TEXT.test(one) || /[^[]\]$/.test(one) || one.includes('?')) return true;
    if (!/^[\w$]+$/.test(one) || OTHERS.has(one)) return false;
    const meant = meaning(analysis, one);
    return meant !== 'other' && (meant === undefined || mayBeText(analysis, meant.type, depth + 1));
  });
}

const OTHERS: ReadonlySet<string> = new Set(['number', 'boolean', 'bigint', 'object', 'Date']);

/** What this file says that the name of a type stands for: an alias, what a parameter extends, an enum, or something else. */
function meaning({ code, declarations }: Analysis, name: string): { type: string } | 'other' | undefined {
  const defined = declarations.type(name);
  const owner = defined?.parent;
  if (!defined || !owner) {
    const isOther = [...declarations.named(name)].some(({ kind }) => kind === 'import' || kind === 'class');
    return isOther ? 'other' : undefined;
  }
  if (holdsError(owner)) return undefined;
  if (owner.name === 'EnumDeclaration') return { type: 'string' };
  const sign = owner.name === 'TypeAliasDeclaration' ? owner.getChild('Equals') : defined.nextSibling;
  const isSame = owner.name === 'TypeAliasDeclaration' || (owner.name === 'TypeParamList' && sign?.name === 'extends');
  return isSame && sign?.nextSibling ? { type: textOf(code, sign.nextSibling) } : 'other';
}
