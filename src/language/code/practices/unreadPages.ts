import type { SyntaxNode } from '@lezer/common';
import { type Code, isFunction, isSameNode, nearest, textOf } from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';
import type { KvCall } from '../calls.ts';
import { hasSpread, optionOf, properties } from '../objects.ts';
import { awaited, calleeOf, declaredBy, outermost, usesOf } from './flow.ts';
import type { Verdict } from './verdict.ts';

/** Leads to the next page, or says whether there is one. */
const REST = /^(?:cursor|list_complete)$/;

/** KV lists no more at once. */
const WHOLE_PAGE = 1000;

/** Whether only the first page of a list is used, although nothing says how many keys are wanted. */
export function unreadPages(analysis: Analysis, call: KvCall): Verdict {
  const { code, constants } = analysis;
  const [given] = call.args;
  const options = given && (constants.constant(given) ?? given);
  const isKnown = !call.hasSpread && (!options || (options.name === 'ObjectExpression' && !hasSpread(options)));
  const names = options ? properties(code, options).map(({ name }) => name) : [];
  const limit = options && names.includes('limit') ? optionOf(code, options, 'limit') : undefined;
  const most = limit && constants.number(limit);
  // That many are wanted. A limit that is no number in the code may be anything.
  if (isKnown && most !== undefined && most < WHOLE_PAGE) return 'good';
  const isOpen = names.includes('limit') && most === undefined;
  const value = awaited(code, call);
  const used = value ? rest(analysis, value) : 'unknown';
  // Code that empties a namespace lists its first page repeatedly.
  const loop = nearest(call.node, (node) => isFunction(node) || isOpenLoop(node));
  const isAgain = loop !== undefined && isOpenLoop(loop);
  return used === 'bad' && (!isKnown || isOpen || names.includes('cursor') || isAgain) ? 'unknown' : used;
}

/** A loop that does not iterate over given items. */
const isOpenLoop = (node: SyntaxNode): boolean =>
  /^(?:While|Do)Statement$/.test(node.name) || (node.name === 'ForStatement' && node.getChild('ForSpec') !== null);

/** Whether the code looks at what follows a page: `bad` if it reads the keys and nothing else. */
function rest(analysis: Analysis, node: SyntaxNode): Verdict {
  const { code, declarations } = analysis;
  const value = outermost(code, node);
  const { parent } = value;
  if (parent?.name === 'MemberExpression' && parent.firstChild && isSameNode(parent.firstChild, value)) {
    const property = parent.lastChild ? textOf(code, parent.lastChild) : '';
    if (REST.test(property)) return isOnlyTold(code, parent) ? 'unknown' : 'good';
    return property === 'keys' ? 'bad' : 'unknown';
  }
  const target = declaredBy(value);
  if (target?.name === 'ObjectPattern') return taken(analysis, target);
  if (target?.name === 'VariableDefinition') return ofName(analysis, target);
  const assigned = parent?.name === 'AssignmentExpression' ? parent.firstChild : undefined;
  if (!assigned || isSameNode(assigned, value)) return 'unknown';
  if (assigned.name === 'ObjectPattern') return taken(analysis, assigned);
  const declared = assigned.name === 'VariableName' ? declarations.find(textOf(code, assigned), assigned) : undefined;
  return declared ? ofName(analysis, declared.node, assigned) : 'unknown';
}

function taken(analysis: Analysis, pattern: SyntaxNode): Verdict {
  const { code } = analysis;
  const names = pattern
    .getChildren('PatternProperty')
    .map((property) => ({ property, name: property.firstChild ? textOf(code, property.firstChild) : '' }))
    .filter(({ property, name }) => !REST.test(name) || isFollowed(analysis, property))
    .map(({ name }) => name);
  if (names.some((name) => REST.test(name))) return 'good';
  return names.length > 0 && names.every((name) => name === 'keys') ? 'bad' : 'unknown';
}

/** Whether code does anything with a property that it takes out of a page, apart from logging it. */
function isFollowed(analysis: Analysis, { lastChild }: SyntaxNode): boolean {
  const uses = lastChild?.name === 'VariableDefinition' ? usesOf(analysis, lastChild) : undefined;
  return !uses?.every((use) => isOnlyTold(analysis.code, use));
}

/** Whether a value only goes into the log. */
function isOnlyTold(code: Code, node: SyntaxNode): boolean {
  const around = nearest(node, ({ name }) => name === 'ArgList' || /Statement$|Declaration$/.test(name));
  const callee = around?.name === 'ArgList' ? calleeOf(around) : undefined;
  return callee !== undefined && /^console\./.test(textOf(code, callee));
}

function ofName(analysis: Analysis, definition: SyntaxNode, but?: SyntaxNode): Verdict {
  const uses = usesOf(analysis, definition)?.filter(
    (use) => (!but || !isSameNode(use, but)) && !isOnlyTold(analysis.code, use),
  );
  if (!uses || uses.length === 0) return 'unknown';
  const verdicts = uses.map((use) => (use.name === 'PropertyDefinition' ? 'unknown' : ofUse(analysis, use)));
  return verdicts.find((one) => one === 'good') ?? verdicts.find((one) => one === 'unknown') ?? 'bad';
}

/** Only direct uses: another name for it is not followed. */
function ofUse(analysis: Analysis, use: SyntaxNode): Verdict {
  const { parent } = outermost(analysis.code, use);
  const isTaken = parent?.name === 'MemberExpression' || parent?.name === 'VariableDeclaration';
  const target = declaredBy(outermost(analysis.code, use));
  return isTaken && target?.name !== 'VariableDefinition' ? rest(analysis, use) : 'unknown';
}
