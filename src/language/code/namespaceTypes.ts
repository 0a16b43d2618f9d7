import type { SyntaxNode } from '@lezer/common';
import type { Declaration, Declarations } from '../../core/code/declarations.ts';
import { Once } from '../../core/code/once.ts';
import { type Code, members, nearest, textOf } from '../../core/code/syntax.ts';
import { METHODS } from './calls.ts';
import { annotated, isNamespaceType } from './types.ts';

/** How many names and operators of types to follow. */
const DEEPEST = 64;

type Kind = 'namespace' | 'other' | 'unknown' | 'nothing';

const NOTHING: ReadonlySet<string> = new Set(['null', 'undefined', 'never', 'void']);
/** Types that may be anything, or are made of other types. */
const OPEN =
  /^(?:any|unknown|object|ReturnType|Awaited|NonNullable|Partial|Required|Readonly|InstanceType|Pick|Omit|Extract|Exclude|Parameters|typeof)$/;

/** Paths of modules that contain only types, and so may re-export those of the platform. */
const TYPINGS = /types?|typings?|env|bindings|interfaces|cloudflare|workers?|globals?|\.d$/i;

/** Tells the platform's type `KVNamespace` from a file's own type of that name, and from other types. */
export class NamespaceTypes {
  readonly #code: Code;
  readonly #declarations: Declarations;
  readonly #once = new Once(DEEPEST);
  readonly #known = new Map<number, Kind>();

  constructor(code: Code, declarations: Declarations) {
    this.#code = code;
    this.#declarations = declarations;
  }

  /** True for `KVNamespace`, also in a union with null and the like. Accepts an annotation or a type. */
  isNamespace(node: SyntaxNode): boolean {
    const text = annotated(textOf(this.#code, node));
    return isNamespaceType(text) && (/\bCloudflare\s*\./.test(text) || !this.#isHidden(node));
  }

  /** True for a type that is certainly something else. Accepts an annotation or a type. */
  isOther(node: SyntaxNode): boolean {
    const type = node.name === 'TypeAnnotation' ? members(node).find(({ name }) => name !== ':') : node;
    return type !== undefined && this.#kind(type) === 'other';
  }

  /**
   * Whether the name refers to something in this file or one beside it. A type that is written out counts as a
   * description of the platform's.
   */
  #isHidden(from: SyntaxNode): boolean {
    const owner = this.#declarations.type('KVNamespace', from)?.parent;
    if (owner) {
      const alias = owner.name === 'TypeAliasDeclaration' ? owner.getChild('Equals')?.nextSibling : undefined;
      // `type KVNamespace = import("@cloudflare/workers-types").KVNamespace`
      if (alias)
        return alias.name !== 'ObjectType' && !/\bKVNamespace\s*(?:<[\s\S]*>)?$/.test(textOf(this.#code, alias));
      return owner.name !== 'InterfaceDeclaration';
    }
    const declared = this.#declarations.find('KVNamespace', from);
    return declared?.kind === 'class' || (declared?.kind === 'import' && this.#isOwnImport(declared));
  }

  #isOwnImport({ node }: Declaration): boolean {
    const whole = nearest(node, ({ name }) => name === 'ImportDeclaration');
    const module = whole?.getChild('String');
    const path = module ? textOf(this.#code, module).slice(1, -1) : '';
    const isTypeOnly = (whole?.getChild('type') ?? null) !== null || node.prevSibling?.name === 'type';
    return /^\.{1,2}\//.test(path) && !isTypeOnly && !TYPINGS.test(path.split('/').at(-1) ?? '');
  }

  #kind(type: SyntaxNode): Kind {
    return this.#once.of(this.#known, type, 'unknown', () => this.#find(type));
  }

  #find(type: SyntaxNode): Kind {
    const text = textOf(this.#code, type);
    if (NOTHING.has(text)) return 'nothing';
    switch (type.name) {
      case 'UnionType':
      case 'ParenthesizedType': {
        const kinds = new Set(members(type).flatMap((one) => (one.name === 'LogicOp' ? [] : this.#kind(one))));
        kinds.delete('nothing');
        const [only, more] = kinds;
        return only && !more ? only : 'unknown';
      }
      case 'TypeName':
        return this.isNamespace(type) ? 'namespace' : this.#named(text, type);
      case 'ParameterizedType': {
        const generic = type.firstChild;
        if (this.isNamespace(type)) return 'namespace';
        // `Maybe<KVNamespace>`
        return generic && !/\bKVNamespace\b/.test(text.slice(generic.to - type.from)) ? this.#kind(generic) : 'unknown';
      }
      case 'IndexedType': {
        const last = type.lastChild;
        return last?.name === 'TypeName' ? undeclared(textOf(this.#code, last)) : 'unknown';
      }
      default:
        return 'unknown';
    }
  }

  #named(name: string, from: SyntaxNode): Kind {
    const owner = this.#declarations.type(name, from)?.parent;
    switch (owner?.name) {
      case undefined:
        break;
      case 'TypeAliasDeclaration': {
        const alias = owner.getChild('Equals')?.nextSibling;
        return alias ? this.#kind(alias) : 'unknown';
      }
      case 'InterfaceDeclaration':
        return this.#mayBeTyping(owner) ? 'unknown' : 'other';
      case 'TypeParamList':
        return 'unknown';
      default:
        return 'other';
    }
    const isOwn = name === 'KVNamespace' || this.#declarations.find(name, from)?.kind === 'class';
    return isOwn ? 'other' : undeclared(name);
  }

  /** Whether a type may describe the used part of a namespace: it has no member that a namespace lacks. */
  #mayBeTyping(declared: SyntaxNode): boolean {
    if (declared.getChild('extends')) return true;
    const own = members(declared.getChild('ObjectType') ?? declared);
    return own.every((member) => {
      const name = member.getChild('PropertyDefinition');
      return name !== null && METHODS.some((one) => one === textOf(this.#code, name));
    });
  }
}

/** Judged by name alone: a name that contains “kv” may be a type for it. */
function undeclared(name: string): Kind {
  if (/kv/i.test(name) || OPEN.test(name)) return 'unknown';
  return /^(?:[A-Z]|string$|number$|boolean$|bigint$)/.test(name) ? 'other' : 'unknown';
}
