import type { SyntaxNode } from '@lezer/common';
import * as l10n from '@vscode/l10n';
import { hasSpread, optionOf } from '../analysis.ts';
import type { KvCall } from '../calls.ts';
import { type Code, children, isFunction, isSameNode, nearest, textOf } from '../syntax.ts';
import type { Rule } from './finding.ts';

const LOOPS: ReadonlySet<string> = new Set(['WhileStatement', 'DoStatement', 'ForStatement']);

/** A loop over pages that ends on an empty one, although pages may be empty before the last. */
export const listComplete: Rule = (call, { analysis: { code } }) => {
  if (call.method !== 'list' || !passesCursor(call, code)) return [];
  const loop = nearest(call.node, ({ name }) => LOOPS.has(name));
  const owner = nearest(call.node, isFunction);
  if (!loop || (owner && owner.from > loop.from)) return [];
  const page = resultName(call, code);
  if (page === undefined) return [];
  const tested = new RegExp(`^!?\\s*${escaped(page)}\\s*\\.\\s*keys\\s*\\.\\s*length\\b`);
  const isWrong = (condition: SyntaxNode): boolean => {
    const text = textOf(code, condition).replace(/^\(\s*|\s*\)$/g, '');
    return tested.test(text) && /^!|[<>=]/.test(text) && !/list_complete|cursor/.test(text);
  };
  for (const condition of conditions(loop)) {
    if (!isWrong(condition)) continue;
    const { from, to } = condition;
    const message = l10n.t(
      'A page may be empty or short before the last one: end the loop on “list_complete”, or keys are missed.',
    );
    return [{ code: 'list-complete', from, to, message, fixes: [] }];
  }
  return [];
};

const escaped = (name: string): string => name.replace(/\$/g, '\\$');

function passesCursor({ args: [options] }: KvCall, code: Code): boolean {
  if (!options) return false;
  if (options.name !== 'ObjectExpression') return options.name === 'VariableName';
  return hasSpread(options) || optionOf(code, options, 'cursor') !== undefined;
}

/** The name that the page is given: `const page = await kv.list(…)`, or `page = await …`. */
function resultName({ node, head }: KvCall, code: Code): string | undefined {
  let expression = node;
  while (expression.parent && /^(?:AwaitExpression|ParenthesizedExpression)$/.test(expression.parent.name)) {
    expression = expression.parent;
  }
  if (head !== 'await' && isSameNode(expression, node)) return undefined;
  const { parent } = expression;
  const target = expression.prevSibling?.name === 'Equals' ? expression.prevSibling.prevSibling : undefined;
  const named = target?.name === 'TypeAnnotation' ? target.prevSibling : target;
  if (parent?.name !== 'VariableDeclaration' && parent?.name !== 'AssignmentExpression') return undefined;
  return named && /^Variable(?:Definition|Name)$/.test(named.name) ? textOf(code, named) : undefined;
}

/** What may end a loop: its own condition, and those of an `if` that breaks or returns. */
function conditions(loop: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const own = loop.getChild('ParenthesizedExpression');
  if (own) found.push(own);
  loop.cursor().iterate((cursor) => {
    if (isFunction(cursor.node)) return false;
    if (cursor.name !== 'IfStatement') return true;
    const [, condition, then] = children(cursor.node);
    if (condition && then && endsLoop(then)) found.push(condition);
    return true;
  });
  return found;
}

function endsLoop(then: SyntaxNode): boolean {
  const statements = then.name === 'Block' ? children(then) : [then];
  return statements.some(({ name }) => name === 'BreakStatement' || name === 'ReturnStatement');
}
