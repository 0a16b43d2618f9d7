import type { SyntaxNode } from '@lezer/common';
import { type Declaration, Declarations } from '../../core/code/declarations.ts';
import {
  type Code,
  children,
  isBesideError,
  isFunction,
  isSameNode,
  nearest,
  nodeId,
  textOf,
  untyped,
} from '../../core/code/syntax.ts';
import type { Steps } from './steps.ts';

/** The declarations, uses and definitions of the names in a file. */
export class Names {
  readonly #code: Code;
  readonly #declarations: Declarations;
  readonly #steps: Steps;
  /** The uses of each name, by the id of its declaration's node. */
  readonly #uses = new Map<number, SyntaxNode[]>();
  /** The ids of declarations that are repeated, or that a destructuring assignment may set. */
  readonly #repeated = new Set<number>();

  constructor(code: Code, steps: Steps) {
    this.#code = code;
    this.#steps = steps;
    this.#declarations = new Declarations(code);
    code.tree.cursor().iterate((cursor) => {
      if (cursor.name === 'VariableName') this.#addUse(cursor.node);
      if (cursor.name === 'PropertyDefinition' && isShorthand(cursor.node)) this.#addUse(cursor.node);
      if (cursor.name === 'VariableDefinition') this.#addDefinition(cursor.node);
    });
  }

  /** The declaration of a name; `undefined` if the file does not declare it, as with `process`. */
  declaration(node: SyntaxNode): Declaration | undefined {
    return this.#declarations.find(textOf(this.#code, node), node);
  }

  uses({ node }: Declaration): readonly SyntaxNode[] {
    return this.#uses.get(nodeId(node)) ?? [];
  }

  /** Whether a name always keeps the value of its declaration. */
  isFixed(declaration: Declaration): boolean {
    return !this.#repeated.has(nodeId(declaration.node)) && !this.uses(declaration).some((use) => this.#isSet(use));
  }

  /**
   * The value of a variable or function whenever this use of it is reached; `nothing` for a variable that is never set,
   * `undefined` if it may have one of several values, or if the value is not clear.
   */
  definition(declaration: Declaration, use: SyntaxNode): SyntaxNode | 'nothing' | undefined {
    const { kind, node, value } = declaration;
    if (kind === 'function') return this.isFixed(declaration) ? value : undefined;
    const whole = nearest(node, ({ name }) => name === 'VariableDeclaration' || name === 'ForStatement');
    if (kind !== 'variable' || whole?.name !== 'VariableDeclaration' || hasDefault(node)) return undefined;
    if (this.#repeated.has(nodeId(node)) || whole.parent?.name === 'AmbientDeclaration') return undefined;
    const [set, ...more] = this.uses(declaration).filter((one) => this.#isSet(one));
    if (set === undefined) {
      const isSure = whole.firstChild?.name !== 'var' || this.#isBehind(use, statementOf(whole), functionBlock(whole));
      return isSure ? (value ?? 'nothing') : undefined;
    }
    if (more.length > 0 || value !== undefined) return undefined;
    const block = whole.firstChild?.name === 'var' ? functionBlock(whole) : statementOf(whole).parent;
    const { parent: assignment } = set;
    const statement = assignment?.parent;
    const isPlain = assignment?.name === 'AssignmentExpression' && assignment.getChild('Equals') !== null;
    if (!isPlain || statement?.name !== 'ExpressionStatement') return undefined;
    return this.#isBehind(use, statement, block) ? (assignment.lastChild ?? undefined) : undefined;
  }

  #addUse(node: SyntaxNode): void {
    const found = this.declaration(node);
    if (!found) return;
    const id = nodeId(found.node);
    const uses = this.#uses.get(id);
    if (uses) uses.push(node);
    else this.#uses.set(id, [node]);
  }

  #addDefinition(node: SyntaxNode): void {
    const found = this.declaration(node);
    // It may set any declaration of this name.
    if (isSetByPattern(node)) {
      for (const one of this.#declarations.named(textOf(this.#code, node))) this.#repeated.add(nodeId(one.node));
    }
    if (found && !isSameNode(found.node, node)) this.#repeated.add(nodeId(found.node));
  }

  /**
   * Whether a statement directly in this block has always run before a use is reached. A declared function may run
   * wherever its name is used, so each of its uses must come after the statement too.
   */
  #isBehind(use: SyntaxNode, statement: SyntaxNode, block: SyntaxNode | null): boolean {
    if (!block || !statement.parent || !isSameNode(statement.parent, block)) return false;
    const seen = new Set<number>();
    const uses = [use];
    for (let next = uses.pop(); next; next = uses.pop()) {
      if (!this.#steps.take()) return false;
      const early = outermost(next, block);
      if (!early && next.from < statement.to) return false;
      if (!early || seen.has(nodeId(early))) continue;
      seen.add(nodeId(early));
      const name = early.getChild('VariableDefinition');
      const declaration = name ? this.declaration(name) : undefined;
      if (declaration) uses.push(...this.uses(declaration));
    }
    return true;
  }

  /** Whether this use may set the name. The parser reports errors for some patterns that are assigned to. */
  #isSet(use: SyntaxNode): boolean {
    return isTarget(use) || isBesideError(this.#code, use);
  }
}

/** `{ root }`, which also uses the name `root`. */
const isShorthand = ({ parent }: SyntaxNode): boolean => parent?.name === 'Property' && children(parent).length === 1;

/** Whether a pattern assigns to an existing name. The parser takes such a name for a declaration. */
function isSetByPattern(node: SyntaxNode): boolean {
  let around = node.parent;
  while (around && /Pattern/.test(around.name)) around = around.parent;
  if (around?.name === 'AssignmentExpression') return true;
  const isEach = around?.name === 'ForOfSpec' || around?.name === 'ForInSpec';
  return isEach && !children(around as SyntaxNode).some(({ name }) => /^(?:const|let|var)$/.test(name));
}

/** Whether a name or member is assigned, incremented, decremented or deleted here. */
export function isTarget(node: SyntaxNode): boolean {
  const { parent } = node;
  switch (parent?.name) {
    case 'AssignmentExpression':
      return isFirst(node);
    case 'ForOfSpec':
    case 'ForInSpec':
      return node.prevSibling?.name === '(';
    case 'PostfixExpression':
      return parent.lastChild?.name === 'ArithOp';
    case 'UnaryExpression':
      return /^(?:delete|ArithOp)$/.test(parent.firstChild?.name ?? '');
    default:
      return false;
  }
}

export const isFirst = (node: SyntaxNode): boolean => node.parent?.firstChild?.from === node.from;

/** An expression without its parentheses, type assertions and `await`. */
export function bare(code: Code, node: SyntaxNode): SyntaxNode {
  let rest = node;
  for (;;) {
    const inner = innerOf(code, rest);
    if (!inner) return rest;
    rest = inner;
  }
}

function innerOf(code: Code, node: SyntaxNode): SyntaxNode | undefined {
  const [first, second, third] = children(node);
  if (node.name === 'ParenthesizedExpression') return third?.name === ')' ? second : undefined;
  if (node.name === 'AwaitExpression') return second;
  return node.name === 'InstantiationExpression' ? first : untyped(code, node);
}

/** The largest enclosing expression whose {@link bare} form is this node. */
export function clothed(code: Code, node: SyntaxNode): SyntaxNode {
  let around = node;
  for (let { parent } = node; parent; { parent } = parent) {
    const inner = innerOf(code, parent);
    if (!inner || !isSameNode(inner, around)) break;
    around = parent;
  }
  return around;
}

/** Whether a name is destructured by a pattern with a default value. */
export function hasDefault(node: SyntaxNode): boolean {
  for (let around = node.parent; around && /Pattern/.test(around.name); around = around.parent) {
    if (around.getChild('Equals')) return true;
  }
  return false;
}

/** The declaration, including its `export` if it has one. */
function statementOf(declaration: SyntaxNode): SyntaxNode {
  const { parent } = declaration;
  return parent?.name === 'ExportDeclaration' ? parent : declaration;
}

const functionBlock = (node: SyntaxNode): SyntaxNode | null => {
  const around = nearest(node, (one) => isFunction(one) || one.name === 'Script');
  return around?.name === 'Script' ? around : (around?.getChild('Block') ?? null);
};

/** The name in a member access; `undefined` if it is computed. */
export function memberName(code: Code, member: SyntaxNode): string | undefined {
  const { lastChild: last } = member;
  if (last?.name === 'PropertyName') return textOf(code, last);
  const [, name] = /^(["'])([^\\]*)\1$/.exec(last?.prevSibling ? textOf(code, last.prevSibling) : '')?.slice(1) ?? [];
  return name;
}

/** The outermost function declaration between a node and an enclosing block. */
function outermost(node: SyntaxNode, block: SyntaxNode): SyntaxNode | undefined {
  let found: SyntaxNode | undefined;
  for (let around = node.parent; around && !isSameNode(around, block); around = around.parent) {
    if (around.name === 'FunctionDeclaration') found = around;
  }
  return found;
}
