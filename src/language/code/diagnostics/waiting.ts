import type { SyntaxNode } from '@lezer/common';
import * as l10n from '@vscode/l10n';
import type { KvCall } from '../calls.ts';
import type { Declarations } from '../declarations.ts';
import { children, isFunction, nearest, textOf } from '../syntax.ts';
import type { Checked, Fix, Rule } from './finding.ts';
import { isRead } from './keys.ts';

/** A `put` that is a statement by itself: the Worker may end before it is through. */
export const floatingPut: Rule = (call, { analysis: { declarations } }) => {
  const statement = call.node.parent;
  if (call.method !== 'put' || call.head !== undefined || statement?.name !== 'ExpressionStatement') return [];
  const owner = nearest(statement, isFunction);
  if (!owner) return [];
  const fixes: Fix[] = [];
  if (isAsync(owner)) {
    fixes.push({ title: l10n.t('Add “await”'), edits: [{ from: call.from, to: call.from, text: 'await ' }] });
  }
  const context = contextName(declarations, statement);
  if (context !== undefined) {
    fixes.push({
      title: l10n.t('Wrap in “{0}.waitUntil”', context),
      edits: [
        { from: call.from, to: call.from, text: `${context}.waitUntil(` },
        { from: call.to, to: call.to, text: ')' },
      ],
    });
  }
  const message = l10n.t(
    'Nothing waits for this put: the value may be cut or lost when the Worker answers first. Await it, or hand it to waitUntil.',
  );
  return [{ code: 'floating-put', from: call.from, to: call.to, message, fixes }];
};

const isAsync = (owner: SyntaxNode): boolean => owner.getChild('async') !== null;

/** What a Worker calls its execution context, where one is in reach. */
function contextName(declarations: Declarations, from: SyntaxNode): string | undefined {
  return ['ctx', 'context', 'executionCtx'].find((name) => {
    const declared = declarations.find(name, from);
    return declared?.kind === 'parameter' && declared.parameter?.index === 2;
  });
}

/** What comes of a read, used as if it were there already. */
export const noAwait: Rule = (call, checked) => {
  if (!isRead(call) || call.head === 'await' || call.head === 'void') return [];
  const used = call.head === 'other' ? call.node : usedAsValue(call, checked);
  if (!used) return [];
  const owner = nearest(call.node, isFunction);
  const isTopLevel = owner === undefined;
  const fixes: Fix[] = isTopLevel || isAsync(owner) ? [{ title: l10n.t('Add “await”'), edits: awaitEdits(call) }] : [];
  const message = l10n.t('This is a promise, not the value: it is always true, and “[object Promise]” as text.');
  return [{ code: 'no-await', from: call.from, to: call.to, message, fixes }];
};

/** `!kv.get()`: the operator stays outside. */
function awaitEdits({ node, from, to }: KvCall): { from: number; to: number; text: string }[] {
  const parent = node.parent;
  const isMember = parent?.name === 'MemberExpression' || parent?.name === 'BinaryExpression';
  if (!isMember || parent.name === 'BinaryExpression') return [{ from, to: from, text: 'await ' }];
  return [
    { from, to: from, text: '(await ' },
    { from: to, to, text: ')' },
  ];
}

/** Where the promise itself is taken for its value, and TypeScript says nothing of it or does not look. */
function usedAsValue({ node }: KvCall, { analysis: { code }, isTyped }: Checked): SyntaxNode | undefined {
  const parent = node.parent;
  if (!parent) return undefined;
  switch (parent.name) {
    case 'Interpolation':
      return node;
    case 'UnaryExpression':
      return textOf(code, parent.firstChild ?? parent) === '!' ? node : undefined;
    case 'BinaryExpression': {
      const operator = children(parent)[1];
      const other = children(parent).find(({ from }) => from !== node.from && from !== operator?.from);
      const isCompared = operator !== undefined && /^[!=]==?$/.test(textOf(code, operator));
      return isCompared && other && /^(?:null|undefined)$/.test(textOf(code, other)) ? node : undefined;
    }
    case 'ArgList': {
      const callee = parent.parent?.firstChild;
      const isParse = callee && /^JSON\s*\.\s*parse$/.test(textOf(code, callee));
      return isParse && !isTyped ? node : undefined;
    }
    case 'ParenthesizedExpression':
      // TypeScript reports a condition that is a promise.
      return !isTyped && (parent.parent?.name === 'IfStatement' || parent.parent?.name === 'WhileStatement')
        ? node
        : undefined;
    default:
      return undefined;
  }
}
