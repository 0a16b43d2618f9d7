import type { SyntaxNode } from '@lezer/common';
import type { Head } from './calls.ts';

/**
 * The operator before a receiver with a `!` in it, and where the receiver begins after the operator. For the parser,
 * `!` binds looser than a prefix operator: it reads `await this.kv!.get()` as a call on `(await this.kv)!`.
 */
export function receiverHead(receiver: SyntaxNode): { operator?: Head; from: number } {
  let operator: Head | undefined;
  let from = receiver.from;
  for (let node: SyntaxNode | null = receiver; node && SPINE.has(node.name); ) {
    const isPrefix = node.name === 'AwaitExpression' || node.name === 'UnaryExpression';
    if (!isPrefix) {
      node = node.firstChild;
      continue;
    }
    const own = node.name === 'AwaitExpression' ? 'await' : node.firstChild?.name === 'void' ? 'void' : 'other';
    if (operator === undefined || own === 'await') operator = own;
    node = node.lastChild;
    from = node?.from ?? from;
  }
  return { from, ...(operator && { operator }) };
}

/** What an operator may precede, seen from the receiver inwards. */
const SPINE: ReadonlySet<string> = new Set([
  'MemberExpression',
  'CallExpression',
  'InstantiationExpression',
  'PostfixExpression',
  'AwaitExpression',
  'UnaryExpression',
]);
