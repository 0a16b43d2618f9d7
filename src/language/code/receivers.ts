import type { SyntaxNode } from '@lezer/common';
import type { Declaration, Declarations } from '../../core/code/declarations.ts';
import { Once } from '../../core/code/once.ts';
import { type Code, members, nearest, textOf } from '../../core/code/syntax.ts';
import { Assignments } from './assignments.ts';
import { ClassFields, memberOf } from './classFields.ts';
import { calleeOf, FunctionCalls } from './functionCalls.ts';
import { MadeUp } from './madeUp.ts';
import type { NamespaceTypes } from './namespaceTypes.ts';
import { handlerName } from './practices/handlers.ts';
import { type Strip, stripper } from './stripped.ts';
import { annotated, isEnvName, isEnvType } from './types.ts';

/** How many names, helpers and fields to follow from a call to the binding. */
const DEEPEST = 24;

/** The KV namespace that an expression evaluates to. */
export interface Receiver {
  /** The bindings that it may be; empty if unknown. */
  readonly bindings: readonly string[];
}

const UNKNOWN: Receiver = { bindings: [] };

/** The result for a name that is looked up while it is still being resolved. It adds nothing to its own values. */
const ITSELF: Receiver = { bindings: [] };

/**
 * Tells which expressions are KV namespaces: those taken from an env by the name of a binding, annotated as a
 * namespace, or set to one, and global bindings. A name that merely sounds like a namespace is never enough.
 */
export class Receivers {
  readonly #code: Code;
  readonly #declarations: Declarations;
  readonly #types: NamespaceTypes;
  readonly #names: ReadonlySet<string>;
  readonly #namespaces = new Map<number, Receiver | undefined>();
  readonly #envs = new Map<number, boolean>();
  readonly #parameters = new Map<number, Receiver>();
  readonly #variables = new Map<number, Receiver | undefined>();
  readonly #assignments: Assignments;
  readonly #fields: ClassFields;
  readonly #calls: FunctionCalls;
  readonly #madeUp: MadeUp;
  readonly #strip: Strip;
  readonly #once = new Once(DEEPEST);

  constructor(code: Code, declarations: Declarations, types: NamespaceTypes, names: ReadonlySet<string>) {
    this.#code = code;
    this.#declarations = declarations;
    this.#types = types;
    this.#names = names;
    this.#fields = new ClassFields(code, declarations);
    this.#assignments = new Assignments(code, declarations);
    this.#calls = new FunctionCalls(code, declarations);
    this.#strip = stripper(code, types);
    this.#madeUp = new MadeUp({
      code,
      declarations,
      assignments: this.#assignments,
      fields: this.#fields,
      calls: this.#calls,
      strip: this.#strip,
      isNamespaceSet: (value) => this.#isNamespaceSet(value),
    });
  }

  /** The namespace that an expression evaluates to; `undefined` if it is not a namespace. */
  namespace(expression: SyntaxNode): Receiver | undefined {
    const given = this.#given(expression);
    return given === ITSELF ? undefined : given;
  }

  #given(expression: SyntaxNode): Receiver | undefined {
    const { node, isCast, instead } = this.#strip(expression);
    const found = this.#once.of(this.#namespaces, node, undefined, () => this.#namespace(node));
    if (!found) return isCast ? UNKNOWN : undefined;
    return together([found, ...instead.flatMap((one) => this.#given(one) ?? [])]);
  }

  /** Combines all values of a name; `undefined` if one of them is not a namespace, or if all of them are missing. */
  #all(values: readonly (SyntaxNode | undefined)[], isTyped: boolean, own?: Receiver): Receiver | undefined {
    const found = own ? [own] : [];
    for (const value of values) {
      const given = value && this.#given(value);
      if (given) found.push(given);
      // With a type, it is a namespace whatever it is set to.
      else if (!isTyped && !(value && this.#isNothing(value))) return undefined;
    }
    return together(found);
  }

  /** True for a missing value, which does not count as something other than a namespace. */
  #isNothing(value: SyntaxNode): boolean {
    return /^(?:null|undefined|void\b.*)$/s.test(this.#text(value));
  }

  #namespace(node: SyntaxNode): Receiver | undefined {
    switch (node.name) {
      case 'MemberExpression': {
        const member = memberOf(this.#code, node);
        if (!member) return undefined;
        const { object, property } = member;
        if (this.isBinding(object, property)) return { bindings: [property] };
        return this.#strip(object).node.name === 'this' ? this.#field(node, property) : undefined;
      }
      case 'VariableName': {
        const name = this.#text(node);
        if (this.isGlobal(node)) return { bindings: [name] };
        const declaration = this.#declarations.find(name, node);
        return declaration && this.#declared(declaration);
      }
      case 'CallExpression': {
        const returned = this.#calls.returned(node);
        return returned && this.namespace(returned.expression);
      }
      case 'ConditionalExpression': {
        const [, , yes, , no] = members(node);
        return this.#all([yes, no], false);
      }
      default:
        return undefined;
    }
  }

  /** True for a binding of the service worker syntax: a name in capitals that nothing declares. */
  isGlobal(node: SyntaxNode): boolean {
    const name = this.#text(node);
    if (!this.#names.has(name) || !/^[A-Z][A-Z\d_]*$/.test(name)) return false;
    return !this.#declarations.find(name, node) && !this.#madeUp.isGlobal(name);
  }

  /** True for the name of a binding that is taken from an env. */
  isBinding(object: SyntaxNode, property: string): boolean {
    return this.#names.has(property) && this.isEnv(object) && !this.#madeUp.isMember(object, property);
  }

  /** True if this value makes the member that is set to it a namespace. */
  #isNamespaceSet(value: SyntaxNode): boolean {
    const { node } = this.#strip(value);
    if (MADE.has(node.name)) return false;
    // `{ KV }` has the name itself as its value.
    const declaration =
      node.name === 'PropertyDefinition' ? this.#declarations.find(this.#text(node), node) : undefined;
    if (declaration) return this.#declared(declaration) !== undefined;
    const callee = node.name === 'CallExpression' ? calleeOf(node) : undefined;
    // Miniflare provides namespaces to tests.
    const isPlatforms =
      callee?.name === 'MemberExpression' && memberOf(this.#code, callee)?.property === 'getKVNamespace';
    return isPlatforms || this.namespace(value) !== undefined;
  }

  /** The binding that a destructured name takes from an env. */
  destructured(declaration: Declaration): string | undefined {
    const { path, value, type } = declaration;
    const property = path.at(-1);
    if (property === undefined || !this.#names.has(property)) return undefined;
    if (this.#madeUp.isDestructured(declaration)) return undefined;
    if (path.length > 1) return isEnvName(path.at(-2) ?? '') ? property : undefined;
    if (this.#isHandlersEnv(declaration)) return property;
    const isFromEnv = (type && isEnvType(this.#annotation(type))) || (value && this.isEnv(value));
    return isFromEnv ? property : undefined;
  }

  /** True for an expression that holds the bindings of a Worker. */
  isEnv(expression: SyntaxNode): boolean {
    const { node } = this.#strip(expression);
    return this.#once.of(this.#envs, node, false, () => this.#isEnv(node));
  }

  #isEnv(node: SyntaxNode): boolean {
    switch (node.name) {
      case 'VariableName': {
        const name = this.#text(node);
        if (isEnvName(name)) return true;
        if (this.#isImportedEnv(name, node)) return true;
        const declaration = this.#declarations.find(name, node);
        return declaration !== undefined && this.#isDeclaredEnv(declaration);
      }
      case 'MemberExpression': {
        const member = memberOf(this.#code, node);
        if (!member) return false;
        if (isEnvName(member.property.replace(/^#/, ''))) return true;
        if (this.#strip(member.object).node.name !== 'this') return false;
        const field = this.#fields.of(node, member.property);
        return (
          (field.type !== undefined && isEnvType(this.#annotation(field.type))) ||
          field.values.some((value) => this.isEnv(value))
        );
      }
      case 'CallExpression': {
        const { node: callee } = this.#strip(calleeOf(node) ?? node);
        const name = callee.name === 'MemberExpression' ? memberOf(this.#code, callee)?.property : this.#text(callee);
        return name !== undefined && /^(?:env|\w*Env)$/.test(name);
      }
      default:
        return false;
    }
  }

  /** `import { env as e } from "cloudflare:workers"` */
  #isImportedEnv(name: string, from: SyntaxNode): boolean {
    const declaration = this.#declarations.find(name, from);
    if (declaration?.kind !== 'import') return false;
    const renaming = declaration.node.prevSibling;
    const imported = renaming?.name === 'as' ? renaming.prevSibling : undefined;
    const module = nearest(declaration.node, (around) => around.name === 'ImportDeclaration')?.getChild('String');
    return (
      imported != null &&
      module != null &&
      this.#text(imported) === 'env' &&
      /^.cloudflare:\w+.$/.test(this.#text(module))
    );
  }

  /** The second parameter of a handler, or a name destructured from it. Its own type would say what it is. */
  #isHandlersEnv({ parameter, type }: Declaration): boolean {
    return parameter?.index === 1 && !type && handlerName(this.#code, parameter.of) !== undefined;
  }

  #isDeclaredEnv(declaration: Declaration): boolean {
    const { path, type, value } = declaration;
    if (path.length === 0 && this.#isHandlersEnv(declaration)) return true;
    if (path.length > 0) return isEnvName(path.at(-1) ?? '');
    if (type && isEnvType(this.#annotation(type))) return true;
    return value !== undefined && this.isEnv(value);
  }

  #declared(declaration: Declaration): Receiver | undefined {
    const { kind, node, type, value, isConstant } = declaration;
    if (kind === 'import' || kind === 'function' || kind === 'class' || kind === 'caught') return undefined;
    const own = this.#begun(declaration);
    const isTyped = type !== undefined && this.#types.isNamespace(type);
    const isUnset = isVariable(declaration) && (!value || this.#isNothing(value));
    if (isConstant || (!own && !isUnset)) return own;
    return this.#once.of(this.#variables, node, own ?? ITSELF, () =>
      this.#all(this.#assignments.of(declaration), isTyped, own),
    );
  }

  /** The namespace that the declaration of a name gives it, before any assignment. */
  #begun(declaration: Declaration): Receiver | undefined {
    const { name, node, path, type, value, parameter } = declaration;
    if (path.length > 0) {
      const binding = this.destructured(declaration);
      if (binding !== undefined) return { bindings: [binding] };
      return path.length === 1 && type && this.#isNamespaceIn(type, path[0]) ? UNKNOWN : undefined;
    }
    const set = value && this.#given(value);
    const isTyped = type !== undefined && this.#types.isNamespace(type);
    if (parameter && (set || isTyped)) {
      const passed = this.#once.of(this.#parameters, node, UNKNOWN, () => this.#passed(parameter));
      return together(set ? [set, passed] : [passed]);
    }
    if (set || !isTyped) return set;
    // `declare const NAME: KVNamespace` of the service worker syntax.
    const isAmbient = this.#names.has(name) && nearest(node, (around) => around.name === 'AmbientDeclaration');
    return isAmbient ? { bindings: [name] } : UNKNOWN;
  }

  /** `({ kv }: { kv: KVNamespace }) =>` */
  #isNamespaceIn(type: SyntaxNode, property: string | undefined): boolean {
    const declared = type.getChild('ObjectType')?.getChildren('PropertyType') ?? [];
    return declared.some((member) => {
      const name = member.getChild('PropertyDefinition');
      const own = member.getChild('TypeAnnotation');
      return name && own && this.#text(name) === property && this.#types.isNamespace(own);
    });
  }

  /** The namespaces that calls in this file pass for a parameter of a function. */
  #passed(parameter: NonNullable<Declaration['parameter']>): Receiver {
    const passed = this.#calls.passed(parameter);
    if (!passed) return UNKNOWN;
    return { bindings: [...new Set(passed.flatMap((one) => this.namespace(one)?.bindings ?? []))] };
  }

  #field(member: SyntaxNode, property: string): Receiver | undefined {
    const { type, values, parameter } = this.#fields.of(member, property);
    const isTyped = type !== undefined && this.#types.isNamespace(type);
    const own = parameter && this.#declared(parameter);
    return this.#all(values, isTyped, own) ?? (isTyped ? UNKNOWN : undefined);
  }

  #annotation(node: SyntaxNode): string {
    return annotated(this.#text(node));
  }

  #text(node: SyntaxNode): string {
    return textOf(this.#code, node);
  }
}

/** Combines the bindings of several receivers. */
function together(all: readonly Receiver[]): Receiver | undefined {
  const others = all.filter((one) => one !== ITSELF);
  const [first, ...more] = others;
  if (!first || more.length === 0) return first ?? all[0];
  return { bindings: [...new Set(others.flatMap(({ bindings }) => bindings))] };
}

/** True for a variable that only its assignments set, unlike a loop variable or a parameter. */
const isVariable = ({ node, path }: Declaration): boolean =>
  path.length === 0 && node.parent?.name === 'VariableDeclaration';

/** Expressions that create their value in the file, so that it is not a binding of the platform. */
const MADE: ReadonlySet<string> = new Set([
  'NewExpression',
  'ObjectExpression',
  'ArrayExpression',
  'ArrowFunction',
  'FunctionExpression',
  'String',
  'TemplateString',
  'Number',
  'BooleanLiteral',
]);
