import type { SyntaxNode } from '@lezer/common';
import { Once } from '../../../core/code/once.ts';
import { holdsError, members, textOf } from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';

/**
 * Whether text may have a type: `text` if so, `other` if certainly not, `imported` if another file decides; `nothing`
 * is null and the like.
 */
export type TextType = 'text' | 'other' | 'imported' | 'unknown' | 'nothing';

/** How many names and operators of types to follow. */
const DEEPEST = 64;

const NOTHING: ReadonlySet<string> = new Set(['null', 'undefined', 'never', 'void']);
/** Only if this file does not declare the name. */
const OTHERS: ReadonlySet<string> = new Set(['number', 'boolean', 'bigint', 'object', 'symbol', 'Date']);
/** Types of objects, whatever their arguments are. */
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
/** Applied to text, these give text again. */
const MAPPED: ReadonlySet<string> = new Set(['Partial', 'Readonly', 'Required', 'NonNullable']);

/** Tells whether text may have a type. Only what this file says for certain counts. */
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
        // A branded type is text too: `string & { … }`.
        return operands(type).every((one) => this.of(one) === 'other') ? 'other' : 'unknown';
      // Text satisfies every object type without required members.
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

  /** For a union: text may have it if it may have one of its members. */
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
    // What an alias does with its arguments is not followed.
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

  /** What this file declares a name to be: the type that it stands for, or something that is not text. */
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
        // The caller of the function decides what it is. For an alias, it depends on the type arguments.
        if (owner.parent?.name === 'TypeAliasDeclaration') return 'unclear';
        const sign = defined.nextSibling;
        if (sign?.name === 'Equals') return 'unclear';
        return sign?.name === 'extends' ? (sign.nextSibling ?? 'unclear') : 'other';
      }
      // The members of an enum may be text.
      default:
        return 'unclear';
    }
  }
}

const operands = (type: SyntaxNode): SyntaxNode[] =>
  members(type).filter(({ name }) => name !== 'LogicOp' && name !== 'readonly');
