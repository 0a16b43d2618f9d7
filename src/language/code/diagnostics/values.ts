import type { SyntaxNode } from '@lezer/common';
import * as l10n from '@vscode/l10n';
import { hasSpread, optionOf } from '../analysis.ts';
import { holdsError, textOf } from '../syntax.ts';
import type { Finding, Rule } from './finding.ts';
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

/** A type argument does not parse anything: what comes is text. */
export const jsonTypes: Rule = (call, { analysis: { code, constants } }) => {
  const { typeArgs, args } = call;
  if (call.method !== 'get' || !typeArgs || call.hasSpread || holdsError(typeArgs)) return [];
  const [first, second] = args;
  const type = textOf(code, typeArgs).replace(/^<\s*|\s*>$/g, '');
  if (!first || first.name === 'ArrayExpression' || type === '' || TEXT.test(type)) return [];
  const at = { code: 'json-type', from: typeArgs.from, to: typeArgs.to } as const;
  const message = l10n.t('KV gives text unless it is asked for “json”, whatever the type argument says.');
  const finding = (fix: { from: number; to: number; text: string }): Finding[] => [
    { ...at, message, fixes: [{ title: l10n.t('Read as JSON'), edits: [fix] }] },
  ];
  if (!second) return finding({ from: first.to, to: first.to, text: ', "json"' });
  if (second.name !== 'ObjectExpression' || hasSpread(second)) {
    const text = constants.text(second);
    return text?.isWhole && text.start === 'text' ? finding({ from: second.from, to: second.to, text: '"json"' }) : [];
  }
  const option = optionOf(code, second, 'type');
  if (option) {
    const text = constants.text(option);
    return text?.isWhole && text.start === 'text' ? finding({ from: option.from, to: option.to, text: '"json"' }) : [];
  }
  const open = second.firstChild;
  const isEmpty = second.getChildren('Property').length === 0;
  return open ? finding({ from: open.to, to: open.to, text: isEmpty ? ' type: "json" ' : ' type: "json",' }) : [];
};

/** Type arguments that text is: `string`, its literals, and those that promise nothing. */
const TEXT = /^(?:string|unknown|any|null|"[^"]*"(?:\s*\|\s*"[^"]*")*|'[^']*'(?:\s*\|\s*'[^']*')*)$/;
