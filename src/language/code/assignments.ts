import type { SyntaxNode } from '@lezer/common';
import type { Declaration, Declarations } from '../../core/code/declarations.ts';
import { PATTERNS } from '../../core/code/declarations.ts';
import { type Code, children, isSameNode, members, textOf, untyped } from '../../core/code/syntax.ts';
import { memberOf } from './classFields.ts';
import { literalContent } from './constants.ts';

interface Assignment {
  /** The name that is assigned, or whose member is assigned. */
  readonly name: SyntaxNode;
  /** Absent if the value is unknown: in a loop or a destructuring pattern. */
  readonly value?: SyntaxNode;
}

/** The values that names and their members are assigned after their declaration. */
export class Assignments {
  readonly #code: Code;
  readonly #declarations: Declarations;
  #known: ReadonlyMap<string, readonly Assignment[]> | undefined;

  constructor(code: Code, declarations: Declarations) {
    this.#code = code;
    this.#declarations = declarations;
  }

  /** The values assigned to a declared name anywhere in the file; `undefined` for an unknown value. */
  of({ name, node }: Declaration): (SyntaxNode | undefined)[] {
    return this.#values(name, name, node);
  }

  /** The same for one of its members. */
  ofMember({ name, node }: Declaration, property: string): (SyntaxNode | undefined)[] {
    return this.#values(`${name}.${property}`, name, node);
  }

  /** The values assigned to a name that nothing declares, or to that member of the global object. */
  ofGlobal(name: string): (SyntaxNode | undefined)[] {
    this.#known ??= this.#find();
    return [name, ...GLOBALS.map((global) => `${global}.${name}`)].flatMap((target) =>
      (this.#known?.get(target) ?? [])
        .filter((one) => !this.#declarations.find(target.split('.', 1)[0] ?? '', one.name))
        .map(({ value }) => value),
    );
  }

  #values(target: string, name: string, declared: SyntaxNode): (SyntaxNode | undefined)[] {
    this.#known ??= this.#find();
    return (this.#known.get(target) ?? [])
      .filter((one) => {
        const found = this.#declarations.find(name, one.name);
        return found !== undefined && isSameNode(found.node, declared);
      })
      .map(({ value }) => value);
  }

  #find(): ReadonlyMap<string, readonly Assignment[]> {
    const found = new Map<string, Assignment[]>();
    const add = (target: string, assignment: Assignment): void => {
      const known = found.get(target);
      if (known) known.push(assignment);
      else found.set(target, [assignment]);
    };
    this.#code.tree.cursor().iterate((cursor) => {
      if (cursor.name === 'ForOfSpec' || cursor.name === 'ForInSpec') {
        const name = children(cursor.node)[1];
        if (name?.name === 'VariableName') add(textOf(this.#code, name), { name });
      }
      if (cursor.name === 'CallExpression') {
        const stubbed = this.#stubbed(cursor.node);
        if (stubbed) add(`globalThis.${stubbed.name}`, { name: cursor.node, value: stubbed.value });
      }
      if (cursor.name !== 'AssignmentExpression') return;
      const [target, , value] = children(cursor.node);
      if (target && PATTERNS.has(target.name)) {
        target.cursor().iterate((part) => {
          if (part.name === 'VariableDefinition') add(textOf(this.#code, part), { name: part.node });
        });
      }
      const member = target?.name === 'MemberExpression' ? memberOf(this.#code, target) : undefined;
      const name = member ? plain(this.#code, member.object) : target;
      if (name?.name !== 'VariableName') return;
      const text = textOf(this.#code, name);
      add(member ? `${text}.${member.property}` : text, { name, ...(value && { value }) });
    });
    return found;
  }

  /** `vi.stubGlobal("KV", …)` */
  #stubbed(call: SyntaxNode): { readonly name: string; readonly value: SyntaxNode } | undefined {
    const { firstChild: callee } = call;
    const [first, value] = members(call.getChild('ArgList') ?? call);
    if (first?.name !== 'String' || !value || !callee || !/\bstubGlobal$/.test(textOf(this.#code, callee)))
      return undefined;
    return { name: literalContent(this.#code, first), value };
  }
}

/** Names of the global object. */
const GLOBALS: readonly string[] = ['globalThis', 'self', 'global', 'window'];

/** An expression without parentheses and type assertions. */
function plain(code: Code, expression: SyntaxNode): SyntaxNode {
  const inside = expression.name === 'ParenthesizedExpression' ? members(expression)[0] : untyped(code, expression);
  return inside ? plain(code, inside) : expression;
}
