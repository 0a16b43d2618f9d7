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

/** What the names of a program stand for. */
export class Names {
  readonly #code: Code;
  readonly #declarations: Declarations;
  /** Where each is used, by the places of their declarations. */
  readonly #uses = new Map<number, SyntaxNode[]>();
  /** The places of those that are declared more than once. */
  readonly #repeated = new Set<number>();

  constructor(code: Code) {
    this.#code = code;
    this.#declarations = new Declarations(code);
    code.tree.cursor().iterate((cursor) => {
      if (cursor.name === 'VariableName') this.#addUse(cursor.node);
      if (cursor.name === 'PropertyDefinition' && isShorthand(cursor.node)) this.#addUse(cursor.node);
      if (cursor.name === 'VariableDefinition') this.#addDefinition(cursor.node);
    });
  }

  /** `undefined` for what comes from without, such as `process`. */
  declaration(node: SyntaxNode): Declaration | undefined {
    return this.#declarations.find(textOf(this.#code, node), node);
  }

  uses({ node }: Declaration): readonly SyntaxNode[] {
    return this.#uses.get(nodeId(node)) ?? [];
  }

  /** Whether it is always what it was at first. */
  isFixed(declaration: Declaration): boolean {
    return !this.#repeated.has(nodeId(declaration.node)) && !this.uses(declaration).some((use) => this.#isSet(use));
  }

  /**
   * What a variable or function is whenever this use of it is reached; `nothing` for one that is never set, and
   * `undefined` where it may be one of several.
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
    // Whichever of them is meant.
    if (isSetByPattern(node)) {
      for (const one of this.#declarations.named(textOf(this.#code, node))) this.#repeated.add(nodeId(one.node));
    }
    if (found && !isSameNode(found.node, node)) this.#repeated.add(nodeId(found.node));
  }

  /**
   * Whether a statement right in this block has run whenever a use is reached. A function that is declared runs wherever
   * it is used.
   */
  #isBehind(
    use: SyntaxNode,
    statement: SyntaxNode,
    block: SyntaxNode | null,
    seen: readonly SyntaxNode[] = [],
  ): boolean {
    if (!block || !statement.parent || !isSameNode(statement.parent, block)) return false;
    const early = outermost(use, block);
    if (!early) return use.from >= statement.to;
    const name = early.getChild('VariableDefinition');
    const declaration = name ? this.declaration(name) : undefined;
    if (!declaration || seen.some((one) => isSameNode(one, early))) return true;
    return this.uses(declaration).every((one) => this.#isBehind(one, statement, block, [...seen, early]));
  }

  /** Patterns that are assigned to are errors to the parser. */
  #isSet(use: SyntaxNode): boolean {
    return isTarget(use) || isBesideError(this.#code, use);
  }
}

/** `{ root }` is set to what that name stands for. */
const isShorthand = ({ parent }: SyntaxNode): boolean => parent?.name === 'Property' && children(parent).length === 1;

/** Whether a name in a pattern is no declaration, though the parser has it as one. */
function isSetByPattern(node: SyntaxNode): boolean {
  let around = node.parent;
  while (around && /Pattern/.test(around.name)) around = around.parent;
  if (around?.name === 'AssignmentExpression') return true;
  const isEach = around?.name === 'ForOfSpec' || around?.name === 'ForInSpec';
  return isEach && !children(around as SyntaxNode).some(({ name }) => /^(?:const|let|var)$/.test(name));
}

/** Whether something is assigned to a name or member, added to it, or taken away. */
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

/** An expression without brackets around it, types said of it, and `await`. */
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

/** The largest expression around a node that is {@link bare} that node. */
export function clothed(code: Code, node: SyntaxNode): SyntaxNode {
  let around = node;
  for (let { parent } = node; parent; { parent } = parent) {
    const inner = innerOf(code, parent);
    if (!inner || !isSameNode(inner, around)) break;
    around = parent;
  }
  return around;
}

/** Whether a pattern that a name is taken out of has something in place of what is missing there. */
export function hasDefault(node: SyntaxNode): boolean {
  for (let around = node.parent; around && /Pattern/.test(around.name); around = around.parent) {
    if (around.getChild('Equals')) return true;
  }
  return false;
}

/** A declaration with its `export`. */
function statementOf(declaration: SyntaxNode): SyntaxNode {
  const { parent } = declaration;
  return parent?.name === 'ExportDeclaration' ? parent : declaration;
}

const functionBlock = (node: SyntaxNode): SyntaxNode | null => {
  const around = nearest(node, (one) => isFunction(one) || one.name === 'Script');
  return around?.name === 'Script' ? around : (around?.getChild('Block') ?? null);
};

/** The name that a member is asked for by, where that is written out. */
export function memberName(code: Code, member: SyntaxNode): string | undefined {
  const { lastChild: last } = member;
  if (last?.name === 'PropertyName') return textOf(code, last);
  const [, name] = /^(["'])([^\\]*)\1$/.exec(last?.prevSibling ? textOf(code, last.prevSibling) : '')?.slice(1) ?? [];
  return name;
}

/** The function declared around a node that is the nearest to a block around both. */
function outermost(node: SyntaxNode, block: SyntaxNode): SyntaxNode | undefined {
  let found: SyntaxNode | undefined;
  for (let around = node.parent; around && !isSameNode(around, block); around = around.parent) {
    if (around.name === 'FunctionDeclaration') found = around;
  }
  return found;
}
