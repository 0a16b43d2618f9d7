import type { SyntaxNode } from '@lezer/common';
import { type Code, children, isFunction, isSameNode, members } from '../../core/code/syntax.ts';
import { bare, clothed, type Names } from './names.ts';

export interface Returned {
  readonly values: readonly SyntaxNode[];
  /** The function may also end without returning a value. */
  readonly mayBeNothing: boolean;
}

/** What a function returns; `undefined` for a generator. */
export function returnedBy(node: SyntaxNode): Returned | undefined {
  const { lastChild: body } = node;
  if (!body || node.getChild('Star')) return undefined;
  if (body.name !== 'Block') return { values: [body], mayBeNothing: false };
  const returns = returnsIn(body);
  const values = returns.flatMap((one) => resultOf(one) ?? []);
  return { values, mayBeNothing: values.length < returns.length || !alwaysEnds(body) };
}

function returnsIn(block: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  block.cursor().iterate((cursor) => {
    if (cursor.name === 'ReturnStatement') found.push(cursor.node);
    return !isFunction(cursor.node);
  });
  return found;
}

const resultOf = (statement: SyntaxNode): SyntaxNode | undefined =>
  members(statement).find(({ name }) => name !== 'return');

/** Whether a statement certainly returns or throws. False if that is hard to tell. */
function alwaysEnds(statement: SyntaxNode | null | undefined): boolean {
  switch (statement?.name) {
    case 'ReturnStatement':
    case 'ThrowStatement':
      return true;
    case 'Block':
      return members(statement).some(alwaysEnds);
    case 'IfStatement': {
      const { lastChild: otherwise } = statement;
      const hasElse = statement.getChild('else') !== null;
      return hasElse && alwaysEnds(otherwise) && alwaysEnds(statement.getChild('else')?.prevSibling);
    }
    case 'TryStatement': {
      const caught = statement.getChild('CatchClause');
      return alwaysEnds(statement.getChild('Block')) && (!caught || alwaysEnds(caught.getChild('Block')));
    }
    case 'SwitchStatement': {
      const body = statement.getChild('SwitchBody');
      const hasBreak = body !== null && children(body).some(({ name }) => name === 'BreakStatement');
      return body?.getChild('DefaultLabel') != null && !hasBreak && alwaysEnds(members(body).at(-1));
    }
    default:
      return false;
  }
}

/** Every call of a function; `undefined` if there may be other calls, which this file does not show. */
export function callsOf(code: Code, names: Names, node: SyntaxNode): readonly SyntaxNode[] | undefined {
  const whole = clothed(code, node);
  const called = calledAs(whole);
  if (called) return [called];
  const name = node.name === 'FunctionDeclaration' ? node.getChild('VariableDefinition') : whole.prevSibling;
  const target = name?.name === 'Equals' ? name.prevSibling : name;
  const at = target?.name === 'TypeAnnotation' ? target.prevSibling : target;
  const declaration = at?.name === 'VariableDefinition' ? names.declaration(at) : undefined;
  if (!declaration || isExported(declaration.node) || !names.isFixed(declaration)) return undefined;
  const calls = names.uses(declaration).map((use) => calledAs(clothed(code, use)));
  return calls.some((call) => call === undefined) ? undefined : calls.filter((call) => call !== undefined);
}

const calledAs = (callee: SyntaxNode): SyntaxNode | undefined => {
  const { parent } = callee;
  const isCallee = parent?.name === 'CallExpression' && parent.firstChild && isSameNode(parent.firstChild, callee);
  return isCallee ? parent : undefined;
};

const isExported = ({ parent }: SyntaxNode): boolean => parent?.parent?.name === 'ExportDeclaration';

/** The arguments of a call; `undefined` if any of them is spread. */
export function argumentsOf(call: SyntaxNode): readonly SyntaxNode[] | undefined {
  const list = call.getChild('ArgList');
  const all = list ? members(list) : [];
  return all.some(({ name }) => name === 'Spread') ? undefined : all;
}

export const calleeOf = (code: Code, call: SyntaxNode): SyntaxNode => bare(code, call.firstChild ?? call);
