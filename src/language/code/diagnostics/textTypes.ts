import type { SyntaxNode } from '@lezer/common';
import { Once } from '../../../core/code/once.ts';
import { holdsError, members, textOf } from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';

/** What may have a type: text, certainly none, or whatever another file says; `nothing` is null and its like. */
export type TextType = 'text' | 'other' | 'imported' | 'unknown' | 'nothing';

/** How many names and operators of types are followed. */
const DEEPEST = 64;

const NOTHING: ReadonlySet<string> = new Set(['null', 'undefined', 'never', 'void']);
/** Where this file declares none of that name. */
const OTHERS: ReadonlySet<string> = new Set(['number', 'boolean', 'bigint', 'object', 'symbol', 'Date']);
/** Objects, whatever their arguments are. */
const GENERIC_OTHERS: ReadonlySet<string> = new Set([
  'Array',
  'ReadonlyArray',
  'Map',
  'ReadonlyMap',
  'Set',
  'ReadonlySet',
  'Record',
  'Pick',
  'Omit',
  'Promise',
]);
/** What they give of text is text again. */
const MAPPED: ReadonlySet<string> = new Set(['Partial', 'Readonly', 'Required', 'NonNullable']);

/** Tells of types whether text may have them. Only what this file says counts, and only for certain. */
export class TextTypes {
  readonly #analysis: Analysis;
  readonly #once = new Once(DEEPEST);
  readonly #known = new Map<number, TextType>();

  constructor(analysis: Analysis) {
    this.#analysis = analysis;
  }

  of(type: SyntaxNode): TextType {
    return this.#once.of(this.#known, type, 'unknown', () => this.#of(type));
  }

  #of(type: SyntaxNode): TextType {
    const text = textOf(this.#analysis.code, type);
    if (NOTHING.has(text)) return 'nothing';
    switch (type.name) {
      case 'ParenthesizedType':
      case 'ReadonlyType':
        return this.#all(operands(type));
      case 'UnionType':
        return this.#all(operands(type));
      case 'IntersectionType':
        // A brand is text too: `string & { … }`.
        return operands(type).every((one) => this.of(one) === 'other') ? 'other' : 'unknown';
      // Text has every type that asks for nothing.
      case 'ObjectType':
        return members(type).length > 0 ? 'other' : 'text';
      case 'ArrayType':
      case 'TupleType':
        return 'other';
      case 'LiteralType':
        return /^(?:Number|BooleanLiteral)$/.test(type.firstChild?.name ?? '') ? 'other' : 'text';
      case 'TypeName':
        return this.#named(text, type);
      case 'ParameterizedType':
        return this.#parameterized(type);
      default:
        return 'text';
    }
  }

  /** Of a union: text may have it as soon as it may have one of its members. */
  #all(types: readonly SyntaxNode[]): TextType {
    const found = new Set(types.map((one) => this.of(one)));
    for (const one of ['text', 'unknown', 'imported', 'other'] as const) if (found.has(one)) return one;
    return 'nothing';
  }

  #parameterized(type: SyntaxNode): TextType {
    const [generic, list] = [type.firstChild, type.getChild('TypeArgList')];
    if (generic?.name !== 'TypeName') return 'text';
    const name = textOf(this.#analysis.code, generic);
    const declared = this.#declared(name, generic);
    // What an alias makes of its arguments is not followed.
    if (declared) return declared === 'other' ? 'other' : 'text';
    if (GENERIC_OTHERS.has(name)) return 'other';
    const [first] = list ? members(list) : [];
    return MAPPED.has(name) && first ? this.of(first) : 'text';
  }

  #named(name: string, from: SyntaxNode): TextType {
    const declared = this.#declared(name, from);
    if (declared === 'other' || declared === 'imported') return declared;
    if (declared) return declared === 'unclear' ? 'unknown' : this.of(declared);
    if (OTHERS.has(name)) return 'other';
    return /^(?:string|unknown|any|String)$/.test(name) ? 'text' : 'unknown';
  }

  /** What this file says that a name stands for: the type that it is the same as, or a thing that text is not. */
  #declared(name: string, from: SyntaxNode): SyntaxNode | 'other' | 'imported' | 'unclear' | undefined {
    const { declarations } = this.#analysis;
    const defined = declarations.type(name, from);
    const owner = defined?.parent;
    if (!defined || !owner) {
      const kind = declarations.find(name, from)?.kind;
      return kind === 'class' ? 'other' : kind === 'import' ? 'imported' : undefined;
    }
    if (holdsError(owner)) return 'unclear';
    switch (owner.name) {
      case 'InterfaceDeclaration':
        return 'other';
      case 'TypeAliasDeclaration':
        return owner.getChild('Equals')?.nextSibling ?? 'unclear';
      case 'TypeParamList': {
        // Whoever calls the function says what it is; of an alias it is what is made of it.
        if (owner.parent?.name === 'TypeAliasDeclaration') return 'unclear';
        const sign = defined.nextSibling;
        if (sign?.name === 'Equals') return 'unclear';
        return sign?.name === 'extends' ? (sign.nextSibling ?? 'unclear') : 'other';
      }
      // The members of an enum may be texts.
      default:
        return 'unclear';
    }
  }
}

const operands = (type: SyntaxNode): SyntaxNode[] =>
  members(type).filter(({ name }) => name !== 'LogicOp' && name !== 'readonly');
