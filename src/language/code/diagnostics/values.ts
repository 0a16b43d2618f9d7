import type { SyntaxNode } from '@lezer/common';
import * as l10n from '@vscode/l10n';
import { type Code, isSameNode, members, textOf } from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';
import type { KvCall } from '../calls.ts';
import { optionOf } from '../objects.ts';
import { awaited, declaredBy, lastName, outermost, usesOf } from '../practices/flow.ts';
import type { Rule } from './finding.ts';
import { isRead, typeOf } from './keys.ts';
import { TextTypes } from './textTypes.ts';

const TYPES: readonly string[] = ['text', 'json', 'arrayBuffer', 'stream'];

/** Built-in classes whose instances are not valid values for KV. */
const CLASSES = /^new\s+(Date|URL|URLSearchParams|Map|Set|Response|Request|Blob|File|FormData|Headers|Promise)\b/;
const FUNCTIONS: readonly string[] = ['ArrowFunction', 'FunctionExpression'];

/** `put` accepts text, bytes and streams. */
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

/** `new X().y` is a member of the new object, but `new X.y()` is not. */
const parenthesized = (node: SyntaxNode, text: string): string => (node.getChild('ArgList') ? text : `(${text})`);

/** A type that KV does not know throws only if the key exists. */
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
 * A type argument does not parse anything: the result is text. With a second argument, TypeScript reports a mismatch.
 */
export const jsonTypes: Rule = (call, { analysis }) => {
  const { method, typeArgs, args } = call;
  const [key, second] = args;
  const [type] = typeArgs ? members(typeArgs) : [];
  if (method !== 'get' || !typeArgs || !type || !key || second) return [];
  if (hasOwnGet(analysis, call) || !isNoText(analysis, call, type)) return [];
  return [
    {
      code: 'json-type',
      from: typeArgs.from,
      to: typeArgs.to,
      message: l10n.t('KV gives text unless it is asked for “json”, whatever the type argument says.'),
      fixes: [{ title: l10n.t('Read as JSON'), edits: [{ from: key.to, to: key.to, text: ', "json"' }] }],
    },
  ];
};

/** A type of this file may use its type argument as it likes. */
function hasOwnGet({ code, declarations }: Analysis, { node }: KvCall): boolean {
  const owner = declarations.type('KVNamespace', node)?.parent;
  const methods = owner?.getChild('ObjectType')?.getChildren('MethodType') ?? [];
  return methods.some((method) => {
    const name = method.getChild('PropertyDefinition');
    return name !== null && textOf(code, name) === 'get' && method.getChild('TypeParamList') !== null;
  });
}

/** Created once for each file. */
const textTypes = new WeakMap<Analysis, TextTypes>();

function isNoText(analysis: Analysis, call: KvCall, type: SyntaxNode): boolean {
  const types = textTypes.get(analysis) ?? new TextTypes(analysis);
  textTypes.set(analysis, types);
  switch (types.of(type)) {
    case 'other':
      return true;
    // It is mostly an object type: code that reads text with it has forgotten to ask for JSON.
    case 'imported':
      return !isUsedAsText(analysis, call);
    case 'unknown':
      return isUsedAsObject(analysis, call);
    case 'text':
    case 'nothing':
      return false;
  }
}

/** True if code accesses a member of the result that neither text nor the `Map` of many keys has. */
const isUsedAsObject = (analysis: Analysis, call: KvCall): boolean => takenOf(analysis, call).some(isOfNoText);

/**
 * True if code only accesses members that text or the `Map` of many keys has, or assigns text in place of the result.
 */
function isUsedAsText(analysis: Analysis, call: KvCall): boolean {
  const taken = takenOf(analysis, call);
  if (taken.length > 0) return !taken.some(isOfNoText);
  const around = awaited(analysis.code, call)?.parent;
  return around?.name === 'BinaryExpression' && around.getChild('String') !== null;
}

const isOfNoText = (name: string): boolean => !(name in String.prototype) && !(name in Map.prototype);

/** The names of the members accessed on the result, if they are written out. */
function takenOf(analysis: Analysis, call: KvCall): readonly string[] {
  const { code } = analysis;
  const value = awaited(code, call);
  if (!value) return [];
  const target = declaredBy(value);
  if (target?.name === 'ObjectPattern') {
    const taken = target.getChildren('PatternProperty').map(({ firstChild }) => firstChild);
    return taken.flatMap((one) => (one && one.name !== 'Spread' ? textOf(code, one) : [])).filter(isName);
  }
  const uses = target?.name === 'VariableDefinition' ? (usesOf(analysis, target) ?? []) : [];
  return [value, ...uses.map((use) => outermost(code, use))].map((one) => memberOf(code, one)).filter(isName);
}

const isName = (text: string): boolean => /^[\w$]+$/.test(text);

/** `a` of `value.a`; empty if no member is accessed. */
function memberOf(code: Code, value: SyntaxNode): string {
  const { parent } = value;
  const isObject = parent?.name === 'MemberExpression' && parent.firstChild && isSameNode(parent.firstChild, value);
  return isObject === true ? lastName(code, parent) : '';
}
