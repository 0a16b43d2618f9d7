import type { SyntaxNode } from '@lezer/common';
import type { Declaration } from '../../core/code/declarations.ts';
import { Once } from '../../core/code/once.ts';
import { type Code, children, members, nodeId, textOf } from '../../core/code/syntax.ts';
import { ObjectChanges } from './changes.ts';
import { argumentsOf, calleeOf, callsOf, returnedBy } from './functions.ts';
import { importedName } from './imports.ts';
import { bare, hasDefault, memberName, type Names } from './names.ts';
import { elementsOf, partsOf } from './parts.ts';
import { Settings } from './settings.ts';
import type { Steps } from './steps.ts';
import { isTruthy, MOST_VALUES, type Part, type Value } from './values.ts';

/** How many names and operators to follow from an expression to its value. */
const DEEPEST = 200;

/** Finds the possible values of expressions in a file. It follows names, but runs nothing. */
export class Evaluator {
  readonly #code: Code;
  readonly #names: Names;
  readonly #folder: string;
  readonly #changes: ObjectChanges;
  readonly #once = new Once(DEEPEST);
  readonly #known = new Map<number, readonly Value[]>();
  readonly #steps: Steps;
  readonly settings: Settings;

  /** `folder` is the folder that contains the file. */
  constructor(code: Code, names: Names, folder: string, steps: Steps) {
    this.#code = code;
    this.#names = names;
    this.#folder = folder;
    this.#steps = steps;
    this.settings = new Settings(steps);
    this.#changes = new ObjectChanges(code, names);
  }

  /** Every possible value of an expression. */
  readonly values = (node: SyntaxNode): readonly Value[] => {
    if (!this.#steps.take()) return unknown(node);
    const all = this.#once.of(this.#known, node, unknown(node), () => {
      const found = this.#values(node);
      return found.length > MOST_VALUES ? unknown(node) : found;
    });
    return this.#steps.take(all.length) ? all : unknown(node);
  };

  /** Every value that a function may return. */
  returned(node: SyntaxNode): readonly Value[] {
    const returned = returnedBy(node);
    if (!returned) return unknown(node);
    return [...returned.values.flatMap(this.values), ...(returned.mayBeNothing ? nothing(node) : [])];
  }

  #values(node: SyntaxNode): readonly Value[] {
    const inner = bare(this.#code, node);
    if (nodeId(inner) !== nodeId(node)) return this.values(inner);
    const at = node.from;
    switch (node.name) {
      case 'String':
      case 'TemplateString':
        return this.#text(node);
      case 'BooleanLiteral':
        return [{ kind: 'flag', isTrue: textOf(this.#code, node) === 'true', at }];
      case 'null':
        return nothing(node);
      case 'Number':
      case 'RegExp':
      case 'ClassExpression':
      case 'ClassDeclaration':
        return [{ kind: 'other', at }];
      case 'ArrowFunction':
      case 'FunctionExpression':
      case 'FunctionDeclaration':
        return [{ kind: 'function', node, at }];
      case 'ObjectExpression':
        return [{ kind: 'object', at, object: { at, parts: partsOf(this.#code, node, this.values) } }];
      case 'ArrayExpression':
        return [{ kind: 'list', at, elements: elementsOf(node, this.values) }];
      case 'ParenthesizedExpression':
      case 'SequenceExpression':
        return this.#last(node);
      case 'AssignmentExpression':
        return node.getChild('Equals') ? this.#last(node) : unknown(node);
      case 'VariableName':
      case 'PropertyDefinition':
        return this.#name(node);
      case 'ConditionalExpression':
        return this.#choice(node);
      case 'BinaryExpression':
        return this.#logic(node);
      case 'UnaryExpression':
        return this.#unary(node);
      case 'MemberExpression':
        return this.#member(node);
      case 'CallExpression':
        return this.#call(node);
      default:
        return unknown(node);
    }
  }

  #last(node: SyntaxNode): readonly Value[] {
    const last = members(node).at(-1);
    return last ? this.values(last) : unknown(node);
  }

  #text(node: SyntaxNode): readonly Value[] {
    const [, , text] = /^(["'`])([^\\]*)\1$/.exec(textOf(this.#code, node)) ?? [];
    const isPlain = text !== undefined && !node.getChild('Interpolation');
    return isPlain ? [{ kind: 'text', text, at: node.from }] : unknown(node);
  }

  #name(node: SyntaxNode): readonly Value[] {
    const declaration = this.#names.declaration(node);
    if (declaration?.kind === 'parameter') return this.#changed(declaration, this.#parameter(declaration, node));
    if (!declaration) return this.#global(node);
    const definition = this.#names.definition(declaration, node);
    if (definition === undefined) return unknown(node);
    if (definition === 'nothing') return nothing(node);
    return this.#changed(declaration, this.#along(this.values(definition), declaration, node));
  }

  #global(node: SyntaxNode): readonly Value[] {
    const name = textOf(this.#code, node);
    if (name === 'undefined') return nothing(node);
    return name === '__dirname' ? this.#ownFolder(node) : unknown(node);
  }

  #ownFolder(node: SyntaxNode): readonly Value[] {
    return [{ kind: 'text', text: this.#folder, at: node.from }];
  }

  /** What a destructuring pattern takes from the values. */
  #along(values: readonly Value[], { path }: Declaration, node: SyntaxNode): readonly Value[] {
    return path.reduce<readonly Value[]>(
      (all, name) => (name === undefined ? unknown(node) : all.flatMap((value) => this.#property(value, name, node))),
      values,
    );
  }

  #property(value: Value, name: string, node: SyntaxNode): readonly Value[] {
    if (value.kind !== 'object') return unknown(node);
    return this.settings.of(value.object, name).flatMap((setting) => setting.value ?? nothing(node));
  }

  /** Adds the changes that are made to a variable's values after its declaration. */
  #changed(declaration: Declaration, values: readonly Value[]): readonly Value[] {
    const changes = this.#changes.of(declaration);
    if (changes.size === 0) return values;
    return values.map((value): Value => {
      const { at, kind } = value;
      if (kind === 'list') return { kind: 'unknown', at };
      if (kind !== 'object') return value;
      const object = { at, parts: [{ kind: 'spread', at, values: () => [value] } satisfies Part], changes };
      return { kind, at, object };
    });
  }

  #parameter(declaration: Declaration, node: SyntaxNode): readonly Value[] {
    const { parameter, path, value: otherwise, node: name } = declaration;
    const calls = parameter && callsOf(this.#code, this.#names, parameter.of);
    const isRest = name.prevSibling?.name === 'Spread';
    if (!calls || isRest || hasDefault(name) || !this.#names.isFixed(declaration)) return unknown(node);
    const given = calls.flatMap((call) => {
      const all = argumentsOf(call);
      const argument = all?.[parameter.index];
      return argument ? this.values(argument) : all ? nothing(node) : unknown(node);
    });
    const whole = given.flatMap((value) => (value.kind === 'nothing' && otherwise ? this.values(otherwise) : value));
    return path.length === 0 ? whole : this.#along(whole, declaration, node);
  }

  #choice(node: SyntaxNode): readonly Value[] {
    const [condition, whenTrue, whenFalse] = members(node).filter(({ name }) => name !== 'LogicOp');
    if (!condition || !whenTrue || !whenFalse) return unknown(node);
    const answers = new Set(this.values(condition).map(isTruthy));
    const chosen = [answers.size === 1 && answers.has(false) ? [] : whenTrue];
    if (answers.size !== 1 || !answers.has(true)) chosen.push(whenFalse);
    return chosen.flat().flatMap(this.values);
  }

  #logic(node: SyntaxNode): readonly Value[] {
    const [left, operator, right] = children(node);
    const text = operator && textOf(this.#code, operator);
    if (!left || !right) return unknown(node);
    const goesOn: Readonly<Record<string, (value: Value) => boolean | undefined>> = {
      '&&': isTruthy,
      '||': (value) => negated(isTruthy(value)),
      '??': (value) => (value.kind === 'unknown' ? undefined : value.kind === 'nothing'),
    };
    const decide = goesOn[text ?? ''];
    if (!decide) return unknown(node);
    return this.values(left).flatMap((value): readonly Value[] => {
      const answer = decide(value);
      if (answer === undefined) return [...(text === '&&' ? nothing(node) : unknown(node)), ...this.values(right)];
      return answer ? this.values(right) : [value];
    });
  }

  #unary(node: SyntaxNode): readonly Value[] {
    const [operator, operand] = children(node);
    const text = operator && textOf(this.#code, operator);
    if (text === 'void') return nothing(node);
    if (text !== '!' || !operand) return unknown(node);
    return this.values(operand).map((value): Value => {
      const answer = isTruthy(value);
      const at = node.from;
      return answer === undefined ? { kind: 'unknown', at } : { kind: 'flag', isTrue: !answer, at };
    });
  }

  #member(node: SyntaxNode): readonly Value[] {
    if (/^import\s*\.\s*meta\s*\.\s*dirname$/.test(textOf(this.#code, node))) return this.#ownFolder(node);
    const { firstChild: object } = node;
    const name = memberName(this.#code, node);
    if (!object || name === undefined) return unknown(node);
    return this.values(object).flatMap((value) => this.#property(value, name, node));
  }

  #call(node: SyntaxNode): readonly Value[] {
    const callee = calleeOf(this.#code, node);
    const given = argumentsOf(node);
    const [first] = given ?? [];
    switch (given ? this.#libraryName(callee) : undefined) {
      case 'process.cwd':
        return this.#ownFolder(node);
      case 'Object.freeze':
      case 'Object.seal':
      case 'define':
        return first ? this.values(first) : nothing(node);
      case 'Object.assign':
        return this.#together(node, 'spread', given);
      case 'mergeConfig':
        return this.#together(node, 'merged', given);
      case undefined:
        break;
    }
    const isAfter = callee.name === 'MemberExpression' && memberName(this.#code, callee) === 'then';
    const called = isAfter && first ? first : callee;
    return this.values(called).flatMap((value) =>
      value.kind === 'function' ? this.returned(value.node) : unknown(node),
    );
  }

  /** The object that combines all arguments of a call. */
  #together(node: SyntaxNode, kind: 'spread' | 'merged', given: readonly SyntaxNode[] = []): readonly Value[] {
    const at = node.from;
    return [
      { kind: 'object', at, object: { at, parts: given.map((one) => ({ kind, at, values: () => this.values(one) })) } },
    ];
  }

  /** The name of a library function whose result is known without reading its code. */
  #libraryName(callee: SyntaxNode): LibraryName | undefined {
    const declaration = this.#names.declaration(
      callee.name === 'MemberExpression' ? (callee.firstChild ?? callee) : callee,
    );
    if (declaration && declaration.kind !== 'import') return undefined;
    const text = textOf(this.#code, callee).replace(/\s+/g, '');
    if (callee.name === 'MemberExpression') return LIBRARY.find((name) => name === text);
    const name = declaration ? importedName(this.#code, declaration.node) : text;
    if (/^define\w*Config$/.test(name)) return 'define';
    return name === 'mergeConfig' ? name : undefined;
  }
}

const LIBRARY = ['process.cwd', 'Object.freeze', 'Object.seal', 'Object.assign'] as const;
type LibraryName = (typeof LIBRARY)[number] | 'define' | 'mergeConfig';

const unknown = ({ from: at }: SyntaxNode): readonly Value[] => [{ kind: 'unknown', at }];
const nothing = ({ from: at }: SyntaxNode): readonly Value[] => [{ kind: 'nothing', at }];
const negated = (answer: boolean | undefined): boolean | undefined => (answer === undefined ? undefined : !answer);
