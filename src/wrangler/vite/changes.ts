import type { SyntaxNode } from '@lezer/common';
import { type Declaration, parameters } from '../../core/code/declarations.ts';
import { type Code, children, isBesideError, isSameNode, members, nodeId, textOf } from '../../core/code/syntax.ts';
import { clothed, isFirst, isTarget, memberName, type Names } from './names.ts';
import { ANY, type Changes } from './values.ts';

const LIST_CHANGERS: ReadonlySet<string> = new Set([
  'push',
  'unshift',
  'splice',
  'pop',
  'shift',
  'fill',
  'reverse',
  'sort',
  'copyWithin',
]);
const OBJECT_CHANGERS = /^(?:Object\s*\.\s*(?:assign|definePropert(?:y|ies)|setPrototypeOf)|Reflect\s*\.)/;
const NONE: Changes = new Map();
/** How many names to follow from an object to a change of it. Beyond that, anything may have changed. */
const DEEPEST = 200;

/** Finds how the objects and lists that names refer to may change after the names were set to them. */
export class ObjectChanges {
  readonly #code: Code;
  readonly #names: Names;
  /** By the id of the declaration's node. */
  readonly #known = new Map<number, Changes>();
  #depth = 0;

  constructor(code: Code, names: Names) {
    this.#code = code;
    this.#names = names;
  }

  of(declaration: Declaration): Changes {
    const id = nodeId(declaration.node);
    const known = this.#known.get(id);
    if (known) return known;
    if (this.#depth >= DEEPEST) return new Map([[ANY, declaration.node.from]]);
    this.#known.set(id, NONE);
    this.#depth++;
    const changes = new Map(this.#names.uses(declaration).flatMap((use) => [...this.#by(use)]));
    this.#depth--;
    this.#known.set(id, changes);
    return changes;
  }

  #by(use: SyntaxNode): Changes {
    const { top, path } = this.#member(use);
    const [name = ANY] = path;
    const { parent } = top;
    if (isBesideError(this.#code, use) || (path.length > 0 && isTarget(top))) return new Map([[name, top.from]]);
    if (parent?.name === 'CallExpression' && isFirst(top) && LIST_CHANGERS.has(path.at(-1) ?? '')) {
      return new Map([[path.length === 1 ? ANY : name, top.from]]);
    }
    const alias = parent?.name === 'VariableDeclaration' ? aliasSetTo(top) : undefined;
    const declared = alias && this.#names.declaration(alias);
    const changes = parent?.name === 'ArgList' ? this.#byCall(parent, top) : declared ? this.of(declared) : NONE;
    // A change inside a member counts as a change of that member.
    return path.length === 0 ? changes : new Map([...changes.values()].map((at) => [name, at]));
  }

  /** The longest chain of member accesses that starts with a name, and the names of these members. */
  #member(use: SyntaxNode): { readonly top: SyntaxNode; readonly path: readonly (string | undefined)[] } {
    const path: (string | undefined)[] = [];
    let top = clothed(this.#code, use);
    while (top.parent?.name === 'MemberExpression' && isFirst(top)) {
      path.push(memberName(this.#code, top.parent));
      top = clothed(this.#code, top.parent);
    }
    return { top, path };
  }

  #byCall(list: SyntaxNode, argument: SyntaxNode): Changes {
    const callee = list.prevSibling;
    const call = list.parent;
    if (!callee || !call) return NONE;
    const index = members(list).findIndex((one) => isSameNode(one, argument));
    const text = textOf(this.#code, callee);
    const any: Changes = new Map([[ANY, call.from]]);
    if (index === 0 && OBJECT_CHANGERS.test(text)) return any;
    const parameter = this.#parameter(callee, index);
    if (parameter) return this.of(parameter);
    // The result of the call is not used, so the call may be there to change its argument.
    return isStatement(clothed(this.#code, call)) && !/^console\b/.test(text) ? any : NONE;
  }

  /** The parameter that receives an argument, if the called function is in this file. */
  #parameter(callee: SyntaxNode, index: number): Declaration | undefined {
    if (callee.name !== 'VariableName') return undefined;
    const declaration = this.#names.declaration(callee);
    const value = declaration && this.#names.definition(declaration, callee);
    const list = value === 'nothing' ? undefined : value?.getChild('ParamList');
    const name = list ? parameters(list)[index] : undefined;
    return name?.name === 'VariableDefinition' ? this.#names.declaration(name) : undefined;
  }
}

const isStatement = ({ parent }: SyntaxNode): boolean =>
  parent?.name === 'ExpressionStatement' || (parent?.name === 'UnaryExpression' && parent.firstChild?.name === 'void');

/** The name whose declaration sets it to a value. */
function aliasSetTo(value: SyntaxNode): SyntaxNode | undefined {
  if (value.prevSibling?.name !== 'Equals') return undefined;
  const name = children(value.parent as SyntaxNode).findLast(
    (one) => one.to <= value.from && one.name !== 'Equals' && one.name !== 'TypeAnnotation',
  );
  return name?.name === 'VariableDefinition' ? name : undefined;
}
