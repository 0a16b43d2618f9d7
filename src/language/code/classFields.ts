import type { SyntaxNode } from '@lezer/common';
import { isClosed, literalContent } from './constants.ts';
import { type Declaration, type Declarations, parameters } from './declarations.ts';
import { type Code, children, isFunction, nearest, textOf } from './syntax.ts';

/** What a class says of a field of its own: its annotation, what it is set to, and the parameter that it is made of. */
export interface Field {
  readonly type?: SyntaxNode;
  readonly values: readonly SyntaxNode[];
  readonly parameter?: Declaration;
}

/** What the classes of a file say of their fields. */
export class ClassFields {
  readonly #code: Code;
  readonly #declarations: Declarations;
  readonly #known = new Map<string, Field>();

  constructor(code: Code, declarations: Declarations) {
    this.#code = code;
    this.#declarations = declarations;
  }

  /** What the class around says of `this.x`. */
  of(member: SyntaxNode, property: string): Field {
    const body = nearest(member, (around) => around.name === 'ClassBody' || hasOwnThis(around));
    if (body?.name !== 'ClassBody') return { values: [] };
    const id = `${body.from} ${property}`;
    const field = this.#known.get(id) ?? this.#fieldIn(body, property);
    this.#known.set(id, field);
    return field;
  }

  #fieldIn(body: SyntaxNode, property: string): Field {
    const values: SyntaxNode[] = [];
    let type: SyntaxNode | undefined;
    let parameter: Declaration | undefined;
    for (const declared of body.getChildren('PropertyDeclaration')) {
      const name = declared.getChild('PropertyDefinition') ?? declared.getChild('PrivatePropertyDefinition');
      if (!name || this.#text(name) !== property) continue;
      type = declared.getChild('TypeAnnotation') ?? undefined;
      const value = declared.getChild('Equals')?.nextSibling;
      if (value) values.push(value);
    }
    for (const method of body.getChildren('MethodDeclaration')) {
      const name = method.getChild('PropertyDefinition') ?? method.getChild('PrivatePropertyDefinition');
      if (!name) continue;
      if (this.#text(name) === property && method.getChild('get')) {
        type ??= method.getChild('TypeAnnotation') ?? undefined;
        const value = onlyReturn(method);
        if (value) values.push(value);
      }
      if (this.#text(name) !== 'constructor') continue;
      const list = method.getChild('ParamList');
      const own = list && parameters(list).find((one) => this.#text(one) === property && isParameterProperty(one));
      if (own) {
        parameter = this.#declarations.find(property, method);
        type ??= parameter?.type;
      }
      values.push(...this.#assigned(method, property));
    }
    return { values, ...(type && { type }), ...(parameter && { parameter }) };
  }

  #assigned(within: SyntaxNode, property: string): SyntaxNode[] {
    const values: SyntaxNode[] = [];
    within.cursor().iterate((cursor) => {
      if (cursor.name !== 'AssignmentExpression') return;
      const [target, operator, value] = children(cursor.node);
      if (!target || !value || operator?.name !== 'Equals') return;
      const member = target.name === 'MemberExpression' ? memberOf(this.#code, target) : undefined;
      if (member?.property === property && member.object.name === 'this') values.push(value);
    });
    return values;
  }

  #text(node: SyntaxNode): string {
    return textOf(this.#code, node);
  }
}

/** The object and the property of `x.y`, `x?.y`, `x.#y` and `x["y"]`. */
export function memberOf(
  code: Code,
  node: SyntaxNode,
): { object: SyntaxNode; property: string; at: SyntaxNode } | undefined {
  const object = node.firstChild;
  const at = node.lastChild;
  if (!object || !at) return undefined;
  if (at.name === 'PropertyName' || at.name === 'PrivatePropertyName') {
    return { object, property: textOf(code, at), at };
  }
  const computed = at.name === ']' ? at.prevSibling : undefined;
  if (computed?.name !== 'String' || !isClosed(code, computed)) return undefined;
  return { object, property: literalContent(code, computed), at: computed };
}

/** What is all that a function returns: one expression. */
export function onlyReturn(of: SyntaxNode): SyntaxNode | undefined {
  const body = of.lastChild;
  if (!body) return undefined;
  if (body.name !== 'Block') return body;
  const returns: SyntaxNode[] = [];
  body.cursor().iterate((cursor) => {
    if (isFunction(cursor.node)) return false;
    if (cursor.name === 'ReturnStatement') returns.push(cursor.node);
    return true;
  });
  const [only, more] = returns;
  const expression = only && children(only).find(({ name }) => name !== 'return' && name !== ';');
  return more ? undefined : expression;
}

/** Functions and methods of object literals have another `this` than the class around; its own methods do not. */
const hasOwnThis = (node: SyntaxNode): boolean =>
  isFunction(node) && node.name !== 'ArrowFunction' && node.name !== 'MethodDeclaration';

/** `private`, `readonly` and their like before a parameter of a constructor make a field of it. */
function isParameterProperty(parameter: SyntaxNode): boolean {
  const before = parameter.prevSibling;
  return before !== null && ['Privacy', 'readonly', 'Override', 'override'].includes(before.name);
}
