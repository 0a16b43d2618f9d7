import type { SyntaxNode } from '@lezer/common';
import * as l10n from '@vscode/l10n';
import {
  type Code,
  children,
  holdsError,
  isBesideError,
  isFunction,
  isSameNode,
  nearest,
  remembering,
  textOf,
} from '../../../core/code/syntax.ts';
import type { KvCall } from '../calls.ts';
import { hasSpread, optionOf } from '../objects.ts';
import { AtEnd, partsOf } from './atEnd.ts';
import type { Rule } from './finding.ts';

const LOOPS: ReadonlySet<string> = new Set(['WhileStatement', 'DoStatement', 'ForStatement']);
const BREAKABLE: ReadonlySet<string> = new Set([...LOOPS, 'SwitchStatement']);

/** A loop over given items does not go through pages. */
const isOverThings = (loop: SyntaxNode): boolean =>
  loop.name === 'ForStatement' && (loop.getChild('ForOfSpec') ?? loop.getChild('ForInSpec')) !== null;

/** A loop over pages that ends on an empty page, although pages before the last may be empty. */
export const listComplete: Rule = (call, { analysis: { code } }) => {
  if (call.method !== 'list' || !passesCursor(call, code)) return [];
  const loop = nearest(call.node, (around) => LOOPS.has(around.name) && !isBefore(call.node, around));
  const owner = nearest(call.node, isFunction);
  if (!loop || isOverThings(loop) || (owner && owner.from > loop.from) || isBesideError(code, call.node)) return [];
  const page = resultName(call, code);
  const wrong = page === undefined ? undefined : emptyEnds(code, loop).get(page);
  if (!wrong) return [];
  const { from, to } = wrong;
  const message = l10n.t(
    'A page may be empty or short before the last one: end the loop on “list_complete”, or keys are missed.',
  );
  return [{ code: 'list-complete', from, to, message, fixes: [] }];
};

/** A condition under which a loop continues or ends. */
interface End {
  readonly test: SyntaxNode;
  readonly goesOn: boolean;
}

/** The conditions that end a loop on pages with no or few keys, by the names of the pages. */
const emptyEnds = remembering((code: Code, loop: SyntaxNode): ReadonlyMap<string, SyntaxNode> => {
  const found = new Map<string, SyntaxNode>();
  // Without a cursor, the loop does not go through pages: it deletes until nothing is left.
  if (!textOf(code, loop).includes('cursor')) return found;
  for (const end of ends(code, loop)) {
    for (const page of pagesEndedOn(code, end)) if (!found.has(page)) found.set(page, end.test);
  }
  return found;
});

/** A test of how many keys a page has: `!page.keys.length`, `page.keys.length === 0`. */
const COUNT = /^(!?)\s*([\w$]+)\s*\.\s*keys\s*\.\s*length\s*(?:([!=<>]=*)(.*))?$/s;

/** The pages whose low number of keys ends the loop, in a condition that tests nothing else. */
function pagesEndedOn(code: Code, { test, goesOn }: End): string[] {
  const text = textOf(code, test);
  if (/list_complete|cursor/.test(text)) return [];
  return text
    .replace(/^\(|\)$/g, '')
    .split(goesOn ? '&&' : '||')
    .flatMap((part) => {
      const [, not, page, operator, bound = ''] = COUNT.exec(part.trim()) ?? [];
      if (not === undefined || page === undefined) return [];
      if (operator === undefined) return goesOn === (not === '') ? [page] : [];
      if (not !== '' || /&&|\|\|/.test(bound)) return [];
      const isZero = bound.trim() === '0';
      const isEnd = goesOn
        ? /^>|^!/.test(operator) || (/^=/.test(operator) && !isZero)
        : /^</.test(operator) || (/^=/.test(operator) && isZero);
      return isEnd ? [page] : [];
    });
}

function passesCursor({ args: [options] }: KvCall, code: Code): boolean {
  if (!options) return false;
  if (options.name !== 'ObjectExpression') return options.name === 'VariableName';
  return hasSpread(options) || optionOf(code, options, 'cursor') !== undefined;
}

/** The name that the page is assigned to: `const page = await kv.list(…)`, or `page = await …`. */
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

/** The initialiser of a `for` loop, and its condition. */
function headOf(loop: SyntaxNode): { start?: SyntaxNode; condition?: SyntaxNode } {
  const head = loop.getChild('ForSpec');
  if (!head || holdsError(head)) return {};
  const parts = children(head).filter(({ name }) => !/^[()]$|Comment$/.test(name));
  // A declaration includes its semicolon.
  const first = parts.findIndex(({ name }) => name === ';' || name === 'VariableDeclaration');
  const start = parts[0]?.name === ';' ? undefined : parts[0];
  const condition = parts[first + 1];
  return { ...(start && { start }), ...(condition && condition.name !== ';' && { condition }) };
}

/** True for code that runs once, before the loop. */
function isBefore({ from, to }: SyntaxNode, loop: SyntaxNode): boolean {
  const { start } = headOf(loop);
  return start !== undefined && start.from <= from && to <= start.to;
}

/** The conditions that may end a loop: its own, and those of an `if` that breaks or returns. */
function ends(code: Code, loop: SyntaxNode): End[] {
  const found: End[] = [];
  const own = loop.getChild('ParenthesizedExpression') ?? headOf(loop).condition;
  if (own && !holdsError(own)) found.push({ test: own, goesOn: true });
  const atEnd = new AtEnd(code, loop);
  iterate(loop, (node) => {
    const { test, then } = node.name === 'IfStatement' ? partsOf(node) : {};
    if (test && then && leaves(then) && !holdsError(test) && !atEnd.holds(node)) found.push({ test, goesOn: false });
  });
  return found;
}

/** Visits what belongs to a loop itself: a `break` or `continue` in other loops and functions ends something else. */
function iterate(within: SyntaxNode, visit: (node: SyntaxNode) => void): void {
  within.cursor().iterate(({ node, name }) => {
    if (isFunction(node) || (BREAKABLE.has(name) && !isSameNode(node, within))) return false;
    visit(node);
    return true;
  });
}

/** Whether a branch certainly ends the loop: a `continue` in it may be for pages before the last one. */
function leaves(then: SyntaxNode): boolean {
  const statements = then.name === 'Block' ? children(then) : [then];
  return statements.some(({ name }) => name === 'BreakStatement' || name === 'ReturnStatement') && !goesOn(then);
}

function goesOn(branch: SyntaxNode): boolean {
  let isFound = false;
  iterate(branch, ({ name }) => {
    if (name === 'ContinueStatement') isFound = true;
  });
  return isFound;
}
