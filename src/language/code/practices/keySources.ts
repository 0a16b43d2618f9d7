import type { SyntaxNode } from '@lezer/common';
import type { Declaration } from '../../../core/code/declarations.ts';
import { textOf } from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';
import { isShorthand, lastName } from './flow.ts';

/** What an expression is made of, following the variables that it names. */
export interface Sources {
  readonly declarations: readonly Declaration[];
  /** Where an item is removed from a list: `ids.pop()`. */
  readonly taken: readonly SyntaxNode[];
  /** Calls that may return another value each time, and reads of `this`. */
  readonly varying: readonly SyntaxNode[];
  /** What it awaits. */
  readonly awaited: readonly SyntaxNode[];
}

/** Methods that return the same for the same arguments. */
const PURE_METHOD =
  /^(?:at|concat|get|join|padEnd|padStart|param|query|replace|replaceAll|slice|split|substring|toLowerCase|toString|toUpperCase|trim)$/;
const PURE_FUNCTION = /^(?:String|Number|JSON\.stringify|(?:encode|decode)URI(?:Component)?)$/;
const TAKES = /^(?:pop|shift)$/;

export function sourcesOf({ code, declarations }: Analysis, expressions: readonly SyntaxNode[]): Sources {
  const found = new Set<Declaration>();
  const taken: SyntaxNode[] = [];
  const varying: SyntaxNode[] = [];
  const awaited: SyntaxNode[] = [];
  const look = (expression: SyntaxNode): void =>
    expression.cursor().iterate((cursor) => {
      if (cursor.name === 'this') varying.push(cursor.node);
      if (cursor.name === 'AwaitExpression') awaited.push(cursor.node);
      if (cursor.name === 'CallExpression' || cursor.name === 'NewExpression') called(cursor.node);
      if (cursor.name !== 'VariableName' && cursor.name !== 'PropertyDefinition') return;
      const { node } = cursor;
      if (node.name === 'PropertyDefinition' && !isShorthand(node)) return;
      const declared = declarations.find(textOf(code, node), node);
      if (!declared || found.has(declared)) return;
      found.add(declared);
      if (declared.kind === 'variable' && declared.value) look(declared.value);
    });
  const called = (call: SyntaxNode): void => {
    const callee = call.firstChild;
    if (!callee) return;
    const method = lastName(code, callee);
    if (TAKES.test(method)) taken.push(call);
    else if (!PURE_METHOD.test(method) && !PURE_FUNCTION.test(textOf(code, callee))) varying.push(call);
  };
  for (const expression of expressions) look(expression);
  return { declarations: [...found], taken, varying, awaited };
}
