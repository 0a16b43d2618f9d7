import type { SyntaxNode } from '@lezer/common';
import { type Code, children, isFunction, isSameNode, nearest, nodeId, textOf } from './syntax.ts';

/** Where a name comes from. */
export interface Declaration {
  readonly kind: 'variable' | 'parameter' | 'import' | 'function' | 'class' | 'caught';
  readonly name: string;
  /** The node of the name in its declaration. */
  readonly node: SyntaxNode;
  /** Its value, or the value that it is destructured from; for a function or class, the whole of it. */
  readonly value?: SyntaxNode;
  /**
   * The properties that lead from {@link value}, or from the parameter, to it; `undefined` for one that is not a plain
   * name.
   */
  readonly path: readonly (string | undefined)[];
  /** Its own annotation, or that of the pattern that contains it. */
  readonly type?: SyntaxNode;
  /** It is assigned only once, in its declaration. */
  readonly isConstant: boolean;
  /** For a parameter: its function and its position. */
  readonly parameter?: { readonly of: SyntaxNode; readonly index: number };
}

/** The declarations of a file by name and scope. */
export class Declarations {
  readonly #code: Code;
  readonly #names = new Map<string, Map<number, Declaration>>();
  readonly #types = new Map<string, Map<number, SyntaxNode>>();
  /** The kinds of nodes that are scopes. */
  readonly #scopes = new Set<string>();

  constructor(code: Code) {
    this.#code = code;
    code.tree.cursor().iterate((cursor) => {
      if (cursor.name === 'VariableDefinition') this.#add(cursor.node);
      if (cursor.name === 'TypeDefinition') this.#addType(cursor.node);
    });
  }

  /** The nearest declaration of a name, seen from a node. */
  find(name: string, from: SyntaxNode): Declaration | undefined {
    return this.#nearest(this.#names.get(name), from);
  }

  /** Every declaration of a name, wherever it is visible. */
  named(name: string): Iterable<Declaration> {
    return this.#names.get(name)?.values() ?? [];
  }

  /** The nearest declaration of a type, seen from a node: an alias, an interface, an enum or a type parameter. */
  type(name: string, from: SyntaxNode): SyntaxNode | undefined {
    return this.#nearest(this.#types.get(name), from);
  }

  #nearest<T>(scopes: ReadonlyMap<number, T> | undefined, from: SyntaxNode): T | undefined {
    if (!scopes) return undefined;
    for (let scope: SyntaxNode | null = from; scope; scope = scope.parent) {
      const found = this.#scopes.has(scope.name) ? scopes.get(nodeId(scope)) : undefined;
      if (found) return found;
    }
    return undefined;
  }

  *all(): Iterable<Declaration> {
    for (const scopes of this.#names.values()) yield* scopes.values();
  }

  #add(node: SyntaxNode): void {
    const placed = this.#place(node);
    if (!placed) return;
    const { scope, declaration } = placed;
    const id = nodeId(scope);
    const scopes = this.#names.get(declaration.name) ?? new Map<number, Declaration>();
    this.#names.set(declaration.name, scopes);
    this.#scopes.add(scope.name);
    if (!scopes.has(id)) scopes.set(id, declaration);
  }

  #addType(node: SyntaxNode): void {
    const scope = typeScope(node);
    const name = textOf(this.#code, node);
    const scopes = this.#types.get(name) ?? new Map<number, SyntaxNode>();
    this.#types.set(name, scopes);
    this.#scopes.add(scope.name);
    scopes.set(nodeId(scope), node);
  }

  #place(node: SyntaxNode): { scope: SyntaxNode; declaration: Declaration } | undefined {
    const name = textOf(this.#code, node);
    const path: (string | undefined)[] = [];
    let target = node;
    let around = node.parent;
    // Walk outwards through the patterns that it is destructured by.
    for (; around && isPattern(around); target = around, around = around.parent) {
      if (around.name === 'PatternProperty') path.unshift(this.#propertyOf(around, target));
      if (around.name === 'ArrayPattern') path.unshift(undefined);
    }
    if (!around) return undefined;
    const common = { name, node, path };
    switch (around.name) {
      case 'VariableDeclaration': {
        const keyword = around.firstChild?.name;
        const scope = keyword === 'var' ? functionScope(around) : blockScope(around);
        const isConstant = keyword === 'const' && path.length === 0;
        return { scope, declaration: { ...common, kind: 'variable', isConstant, ...setTo(target) } };
      }
      case 'ForOfSpec':
      case 'ForInSpec':
        // It is one of many values, so only its annotation is known.
        return { scope: around.parent ?? around, declaration: { ...common, kind: 'variable', isConstant: false } };
      case 'ParamList': {
        const owner = around.parent ?? around;
        const index = parameters(around).findIndex((one) => isSameNode(one, target));
        const declaration: Declaration = {
          ...common,
          kind: 'parameter',
          isConstant: false,
          parameter: { of: owner, index },
          ...setTo(target),
        };
        return { scope: owner, declaration };
      }
      case 'CatchClause':
        return { scope: around, declaration: { ...common, kind: 'caught', isConstant: false } };
      case 'FunctionDeclaration':
      case 'ClassDeclaration': {
        const kind = around.name === 'ClassDeclaration' ? 'class' : 'function';
        return { scope: blockScope(around), declaration: { ...common, kind, isConstant: true, value: around } };
      }
      case 'FunctionExpression':
      case 'ClassExpression': {
        const kind = around.name === 'ClassExpression' ? 'class' : 'function';
        return { scope: around, declaration: { ...common, kind, isConstant: true, value: around } };
      }
      case 'ImportDeclaration':
      case 'ImportGroup':
        return { scope: functionScope(around), declaration: { ...common, kind: 'import', isConstant: true } };
      case 'AssignmentExpression':
        // `({ kv } = stores)` assigns a name that is declared elsewhere.
        return undefined;
      default:
        return { scope: blockScope(around), declaration: { ...common, kind: 'caught', isConstant: false } };
    }
  }

  /** The property that a pattern takes; `undefined` for a rest element or a computed name. */
  #propertyOf(property: SyntaxNode, target: SyntaxNode): string | undefined {
    const { firstChild: first } = property;
    if (!first || first.name === 'Spread' || first.name === '[') return undefined;
    if (first.name === 'PropertyName' || isSameNode(first, target)) return textOf(this.#code, first);
    return undefined;
  }
}

/** The parameters of a list: their names or patterns, without keywords and a `this` parameter. */
export const parameters = (list: SyntaxNode): SyntaxNode[] =>
  children(list).filter(({ name }) => name === 'VariableDefinition' || PATTERNS.has(name));

/** Patterns that take names out of a value. */
export const PATTERNS: ReadonlySet<string> = new Set(['ObjectPattern', 'ArrayPattern']);
const isPattern = ({ name }: SyntaxNode): boolean => name === 'PatternProperty' || PATTERNS.has(name);

/** The annotation and the value that follow a name or pattern. A pattern has one annotation for the whole of it. */
function setTo(target: SyntaxNode): Pick<Declaration, 'type' | 'value'> {
  let type: SyntaxNode | undefined;
  for (let next = target.nextSibling; next && next.name !== ','; next = next.nextSibling) {
    if (next.name === 'TypeAnnotation') type = next;
    if (next.name === 'Equals' && next.nextSibling) {
      return { value: next.nextSibling, ...(type && { type }) };
    }
  }
  return type ? { type } : {};
}

const functionScope = (node: SyntaxNode): SyntaxNode =>
  nearest(node, (around) => isFunction(around) || around.name === 'StaticBlock' || around.name === 'Script') ?? node;

const BLOCKS: ReadonlySet<string> = new Set(['Block', 'ForStatement', 'SwitchBody', 'StaticBlock', 'Script']);

/** A type parameter is visible in the declaration that has it; any other type is visible in the enclosing block. */
const typeScope = (node: SyntaxNode): SyntaxNode => {
  const { parent } = node;
  return parent?.name === 'TypeParamList' ? (parent.parent ?? parent) : blockScope(parent ?? node);
};

const blockScope = (node: SyntaxNode): SyntaxNode =>
  nearest(node, (around) => BLOCKS.has(around.name) || isFunction(around)) ?? node;
