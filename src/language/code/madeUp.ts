import type { SyntaxNode } from '@lezer/common';
import type { Declaration, Declarations } from '../../core/code/declarations.ts';
import { Once } from '../../core/code/once.ts';
import { type Code, members, nodeId, textOf } from '../../core/code/syntax.ts';
import type { Assignments } from './assignments.ts';
import { type ClassFields, memberOf } from './classFields.ts';
import { calleeOf, type FunctionCalls } from './functionCalls.ts';
import { finalMember } from './objects.ts';
import type { Strip } from './stripped.ts';

/** How many names, members and helpers to follow from an env to the object that it is. */
const DEEPEST = 48;

/** What is known of a file, and a test of whether a value makes the member that is set to it a namespace. */
interface Known {
  readonly code: Code;
  readonly declarations: Declarations;
  readonly assignments: Assignments;
  readonly fields: ClassFields;
  readonly calls: FunctionCalls;
  readonly strip: Strip;
  readonly isNamespaceSet: (value: SyntaxNode) => boolean;
}

/** An expression that another one is set to. */
interface Value {
  readonly node: SyntaxNode;
  /** A type says what members it has. */
  readonly isTyped: boolean;
}

/**
 * Tells the envs and globals of the platform from those that a file, such as a test, makes of something else:
 * `{ KV: new Map() }`.
 */
export class MadeUp {
  readonly #known: Known;
  readonly #once = new Once(DEEPEST);
  /** For each property, and whether a type says that it exists: which envs are made up, by node. */
  readonly #envs = new Map<string, Map<number, boolean>>();
  /** For each property: what it is set to in objects, by node. */
  readonly #members = new Map<string, Map<number, readonly Value[]>>();
  readonly #globals = new Map<string, boolean>();

  constructor(known: Known) {
    this.#known = known;
  }

  /** True for a global name that the file sets to something else. */
  isGlobal(name: string): boolean {
    const known = this.#globals.get(name);
    if (known !== undefined) return known;
    this.#globals.set(name, false);
    const { assignments, isNamespaceSet } = this.#known;
    const isSet = assignments.ofGlobal(name).some((value) => !value || !isNamespaceSet(value));
    this.#globals.set(name, isSet);
    return isSet;
  }

  /** True if a name that is destructured from the env at `path` takes such a member. */
  isDestructured({ value, path }: Declaration): boolean {
    const property = path.at(-1);
    if (!value || property === undefined) return false;
    return this.#along(value, path.slice(0, -1)).some(({ node, isTyped }) => this.isMember(node, property, isTyped));
  }

  /** True for a member of an env that the file itself creates as something else. */
  isMember(env: SyntaxNode, property: string, isTyped = false): boolean {
    return this.#once.of(memo(this.#envs, `${isTyped} ${property}`), env, false, () =>
      this.#isMember(env, property, isTyped),
    );
  }

  #isMember(env: SyntaxNode, property: string, isTyped: boolean): boolean {
    const { code, assignments, strip, isNamespaceSet } = this.#known;
    const { node } = strip(env);
    if (node.name === 'ObjectExpression') {
      const { value, isOpen } = finalMember(code, node, property);
      if (value) return !isNamespaceSet(value);
      // The member does not exist, unless a type or `as` says that it does.
      return !isOpen && !isTyped && env === node;
    }
    const declaration = this.#declared(node);
    const set = declaration ? assignments.ofMember(declaration, property) : [];
    if (set.length > 0) return !set.every((one) => one && isNamespaceSet(one));
    return this.#values(node).some((one) => this.isMember(one.node, property, isTyped || one.isTyped));
  }

  /** The declaration of a name; `{ env }` has the name itself as its value. */
  #declared(node: SyntaxNode): Declaration | undefined {
    if (node.name !== 'VariableName' && node.name !== 'PropertyDefinition') return undefined;
    const { code, declarations } = this.#known;
    const found = declarations.find(textOf(code, node), node);
    return found?.kind === 'variable' || found?.kind === 'parameter' ? found : undefined;
  }

  /** What the file sets an expression to; empty if unknown. Takes it stripped. */
  #values(node: SyntaxNode): readonly Value[] {
    const { code, assignments, calls } = this.#known;
    switch (node.name) {
      case 'VariableName':
      case 'PropertyDefinition': {
        const declaration = this.#declared(node);
        if (!declaration) return [];
        const { value, path, type } = declaration;
        const isTyped = type !== undefined;
        const begun = value ? this.#along(value, path) : [];
        const later = assignments.of(declaration).flatMap((one) => (one ? { node: one, isTyped: false } : []));
        return [...begun, ...later].map((one) => ({ ...one, isTyped: isTyped || one.isTyped }));
      }
      case 'MemberExpression': {
        const member = memberOf(code, node);
        return member ? this.#membersOf(member.object, member.property) : [];
      }
      case 'CallExpression': {
        const kept = this.#kept(node);
        if (kept) return [{ node: kept, isTyped: false }];
        const returned = calls.returned(node);
        return returned ? [{ node: returned.expression, isTyped: returned.isTyped }] : [];
      }
      default:
        return [];
    }
  }

  /** What `Object.freeze(…)` and the like return: their argument. */
  #kept(call: SyntaxNode): SyntaxNode | undefined {
    const callee = calleeOf(call);
    const list = call.getChild('ArgList');
    const isKept = callee && /^Object\s*\.\s*(?:freeze|seal|preventExtensions)$/.test(textOf(this.#known.code, callee));
    return isKept && list ? members(list)[0] : undefined;
  }

  /** What the member at a path is set to. */
  #along(value: SyntaxNode, path: readonly (string | undefined)[]): readonly Value[] {
    let found: readonly Value[] = [{ node: value, isTyped: false }];
    for (const property of path) {
      if (property === undefined) return [];
      found = each(found.flatMap(({ node, isTyped }) => withType(this.#membersOf(node, property), isTyped)));
    }
    return found;
  }

  /** What a member of an object is set to. */
  #membersOf(object: SyntaxNode, property: string): readonly Value[] {
    const { node } = this.#known.strip(object);
    return this.#once.of(memo(this.#members, property), node, [], () => each(this.#findMembers(node, property)));
  }

  #findMembers(object: SyntaxNode, property: string): readonly Value[] {
    const { code, assignments, fields } = this.#known;
    if (object.name === 'ObjectExpression') {
      const { value } = finalMember(code, object, property);
      return value ? [{ node: value, isTyped: false }] : [];
    }
    if (object.name === 'this') {
      const { values, type } = fields.of(object, property);
      return values.map((node) => ({ node, isTyped: type !== undefined }));
    }
    const declaration = this.#declared(object);
    const set = declaration ? assignments.ofMember(declaration, property) : [];
    const own = this.#values(object).flatMap(({ node, isTyped }) => withType(this.#membersOf(node, property), isTyped));
    return [...set.flatMap((node) => (node ? { node, isTyped: false } : [])), ...own];
  }
}

const withType = (values: readonly Value[], isTyped: boolean): readonly Value[] =>
  isTyped ? values.map(({ node }) => ({ node, isTyped })) : values;

/** Each once: several ways may lead to the same value, and the ways double with every name. */
const each = (values: readonly Value[]): readonly Value[] => [
  ...new Map(values.map((value) => [`${nodeId(value.node)} ${value.isTyped}`, value])).values(),
];

function memo<T>(all: Map<string, Map<number, T>>, id: string): Map<number, T> {
  const known = all.get(id) ?? new Map<number, T>();
  all.set(id, known);
  return known;
}
