import type { SyntaxNode } from '@lezer/common';
import { type Declaration, type Declarations, parameters } from '../../core/code/declarations.ts';
import { type Code, children, isFunction, nearest, textOf } from '../../core/code/syntax.ts';
import { isClosed, literalContent } from './constants.ts';

/**
 * What a class says of one of its fields: its annotation, its value, and the constructor parameter that declares it.
 */
export interface Field {
  readonly type?: SyntaxNode;
  readonly values: readonly SyntaxNode[];
  readonly parameter?: Declaration;
}

const NONE: Field = { values: [] };

interface Found {
  readonly values: SyntaxNode[];
  type?: SyntaxNode;
  parameter?: Declaration;
}

/** What the classes of a file say of their fields. */
export class ClassFields {
  readonly #code: Code;
  readonly #declarations: Declarations;
  /** By position of the class. */
  readonly #known = new Map<number, ReadonlyMap<string, Field>>();

  constructor(code: Code, declarations: Declarations) {
    this.#code = code;
    this.#declarations = declarations;
  }

  /** What the enclosing class says of `this.x`. */
  of(member: SyntaxNode, property: string): Field {
    const body = nearest(member, (around) => around.name === 'ClassBody' || hasOwnThis(around));
    if (body?.name !== 'ClassBody') return NONE;
    const fields = this.#known.get(body.from) ?? this.#fieldsIn(body);
    this.#known.set(body.from, fields);
    return fields.get(property) ?? NONE;
  }

  /** Reads all fields of a class at once, because each one would require the whole constructor to be searched again. */
  #fieldsIn(body: SyntaxNode): ReadonlyMap<string, Field> {
    const fields = new Map<string, Found>();
    const field = (name: string): Found => {
      const known = fields.get(name) ?? { values: [] };
      fields.set(name, known);
      return known;
    };
    for (const declared of body.getChildren('PropertyDeclaration')) {
      const name = nameOf(declared);
      if (!name) continue;
      const found = field(this.#text(name));
      const type = declared.getChild('TypeAnnotation');
      if (type) found.type = type;
      const value = declared.getChild('Equals')?.nextSibling;
      if (value) found.values.push(value);
    }
    for (const method of body.getChildren('MethodDeclaration')) {
      const name = nameOf(method);
      if (!name) continue;
      if (method.getChild('get')) this.#addGetter(field(this.#text(name)), method);
      if (this.#text(name) === 'constructor') this.#addMade(field, method);
    }
    return fields;
  }

  #addGetter(found: Found, method: SyntaxNode): void {
    const type = method.getChild('TypeAnnotation');
    if (type) found.type ??= type;
    const value = onlyReturn(method);
    if (value) found.values.push(value);
  }

  #addMade(field: (name: string) => Found, method: SyntaxNode): void {
    const list = method.getChild('ParamList');
    for (const own of list ? parameters(list).filter(isParameterProperty) : []) {
      const name = this.#text(own);
      const parameter = this.#declarations.find(name, method);
      if (!parameter) continue;
      const found = field(name);
      found.parameter = parameter;
      if (parameter.type) found.type ??= parameter.type;
    }
    method.cursor().iterate((cursor) => {
      if (cursor.name !== 'AssignmentExpression') return;
      const [target, operator, value] = children(cursor.node);
      if (!target || !value || operator?.name !== 'Equals') return;
      const member = target.name === 'MemberExpression' ? memberOf(this.#code, target) : undefined;
      if (member?.object.name === 'this') field(member.property).values.push(value);
    });
  }

  #text(node: SyntaxNode): string {
    return textOf(this.#code, node);
  }
}

const nameOf = (declared: SyntaxNode): SyntaxNode | null =>
  declared.getChild('PropertyDefinition') ?? declared.getChild('PrivatePropertyDefinition');

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

/** The expression that a function returns, if that is all it does. */
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

/** Functions and methods of object literals have a `this` other than the enclosing class; its own methods do not. */
const hasOwnThis = (node: SyntaxNode): boolean =>
  isFunction(node) && node.name !== 'ArrowFunction' && node.name !== 'MethodDeclaration';

/** Whether `private`, `readonly` or the like makes a constructor parameter a field. */
function isParameterProperty(parameter: SyntaxNode): boolean {
  const before = parameter.prevSibling;
  return before !== null && ['Privacy', 'readonly', 'Override', 'override'].includes(before.name);
}
