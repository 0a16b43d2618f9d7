import type { SyntaxNode } from '@lezer/common';
import { isSameNode, members, textOf } from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';
import type { KvCall } from '../calls.ts';
import { awaited, calleeOf, declaredBy, outermost, usesOf } from './flow.ts';
import {
  chainEnd,
  excludedBy,
  fine,
  ifSo,
  isInSameLoop,
  isSameFunction,
  ofName,
  restAfter,
  type Story,
  signOf,
  TAKES_NULL,
  tested,
  throws,
  together,
  uncertain,
  unknown,
  verdictOf,
} from './nullTests.ts';
import type { Verdict } from './verdict.ts';
import { worst } from './verdict.ts';

/** Judges a value at its place. */
type Judge = (value: SyntaxNode) => Story;

/** How many names may lead from a read to its use. */
const DEEPEST = 8;

/** A read of many keys returns a `Map`. */
const MAP = /^(?:get|has|size|keys|values|entries|forEach)$/;

/** Whether the result of a read is used as if its key always existed. */
export function nullHandling(analysis: Analysis, call: KvCall): Verdict {
  const { code, constants } = analysis;
  const [key] = call.args;
  if (isUnused(call)) return 'good';
  if (!key) return 'unknown';
  const uses = new Uses(analysis, call.node, constants.text(key) === undefined);
  const isList = key.name === 'ArrayExpression';
  const isPair = call.method === 'getWithMetadata';
  const judge: Judge = (value) => {
    if (isList) return isPair ? unknown(value) : uses.map(value);
    return isPair ? uses.pair(value) : uses.value(value);
  };
  const value = awaited(code, call);
  if (value?.parent?.name === 'ExpressionStatement') return 'good';
  const story = value ? judge(value) : ofAll(analysis, call, (definition) => uses.named(definition, judge));
  return verdictOf(story, call.node);
}

const isUnused = ({ node, head }: KvCall): boolean => head === 'void' || node.parent?.name === 'ExpressionStatement';

/** One of several reads that are awaited together, each with its own name. */
function ofAll({ code }: Analysis, { node }: KvCall, named: (definition: SyntaxNode) => Story): Story {
  const value = outermost(code, node);
  const list = value.parent?.name === 'ArrayExpression' ? value.parent : undefined;
  const args = list?.parent?.name === 'ArgList' ? list.parent : undefined;
  const callee = args && calleeOf(args);
  const all = args?.parent;
  if (!list || !callee || textOf(code, callee) !== 'Promise.all' || all?.parent?.name !== 'AwaitExpression')
    return unknown(node);
  const pattern = declaredBy(outermost(code, all.parent));
  if (pattern?.name !== 'ArrayPattern') return unknown(node);
  const [given, taken] = [members(list), members(pattern)];
  const isPlain = [...given, ...taken].every(({ name }) => name !== 'Spread') && given.length === taken.length;
  const definition = taken[given.findIndex((one) => isSameNode(one, value))];
  return isPlain && definition?.name === 'VariableDefinition' ? named(definition) : unknown(node);
}

class Uses {
  readonly #analysis: Analysis;
  readonly #read: SyntaxNode;
  /** The key may be a variable with a list of keys. */
  readonly #mayBeMap: boolean;
  #depth = 0;

  constructor(analysis: Analysis, read: SyntaxNode, mayBeMap: boolean) {
    this.#analysis = analysis;
    this.#read = read;
    this.#mayBeMap = mayBeMap;
  }

  /** For something that may be null. */
  value(node: SyntaxNode): Story {
    const { code } = this.#analysis;
    const value = outermost(code, node);
    const { parent } = value;
    if (!parent) return unknown(value);
    const isFirst = parent.firstChild !== null && isSameNode(parent.firstChild, value);
    switch (parent.name) {
      case 'ExpressionStatement':
        return fine;
      case 'IfStatement':
      case 'WhileStatement':
      case 'DoStatement':
        return this.#isTrue(value);
      case 'MemberExpression':
        return isFirst ? this.#member(value, parent) : unknown(value);
      case 'UnaryExpression': {
        const operator = parent.firstChild ? textOf(code, parent.firstChild) : '';
        if (operator === '!') return this.#isTrue(value);
        return operator === 'typeof' ? this.#compared(parent, value) : unknown(value);
      }
      case 'BinaryExpression':
        return this.#operand(value, parent, isFirst);
      case 'ConditionalExpression':
        return isFirst ? this.#isTrue(value) : this.value(parent);
      case 'VariableDeclaration':
        return this.#declared(value);
      case 'AssignmentExpression':
        return this.#assigned(parent, isFirst);
      case 'ForOfSpec':
        return this.#mayBeMap ? unknown(value) : throws(value);
      case 'ArgList':
        return this.#argument(parent);
      // `{ ...null }` is empty.
      case 'Property':
        return value.prevSibling?.name === 'Spread' ? fine : unknown(value);
      default:
        return unknown(value);
    }
  }

  /** For the pair of a value and its metadata, each of which may be null. */
  pair(node: SyntaxNode): Story {
    const { code } = this.#analysis;
    const value = outermost(code, node);
    const target = declaredBy(value);
    if (target?.name === 'VariableDefinition') {
      // One that exists says nothing about the other.
      return this.#apart(
        value,
        target,
        (use) => {
          const { parent } = outermost(code, use);
          return parent?.name === 'MemberExpression' && parent.lastChild ? textOf(code, parent.lastChild) : '';
        },
        (use) => this.pair(use),
      );
    }
    const { parent } = value;
    if (parent?.name === 'MemberExpression' && parent.firstChild && isSameNode(parent.firstChild, value)) {
      const property = parent.lastChild ? textOf(code, parent.lastChild) : '';
      return /^(?:value|metadata)$/.test(property) ? uncertain(this.value(parent)) : unknown(value);
    }
    if (target?.name !== 'ObjectPattern') return unknown(value);
    const taken = target.getChildren('PatternProperty').map((property): Story => {
      const { lastChild } = property;
      const isPlain = lastChild?.name === 'VariableDefinition' && property.firstChild?.name !== 'Spread';
      return isPlain ? uncertain(this.named(lastChild, (use) => this.value(use))) : unknown(value);
    });
    return this.#each(value, taken);
  }

  /** For a `Map`: its value for a key may be null. */
  map(node: SyntaxNode): Story {
    const { code } = this.#analysis;
    const value = outermost(code, node);
    const { parent } = value;
    if (parent?.name === 'MemberExpression' && parent.lastChild) {
      const property = textOf(code, parent.lastChild);
      if (/^(?:has|size|keys)$/.test(property)) return fine;
      return property === 'get' && parent.parent?.name === 'CallExpression'
        ? uncertain(this.value(parent.parent))
        : unknown(value);
    }
    const target = declaredBy(value);
    if (target?.name !== 'VariableDefinition') return unknown(value);
    return this.#apart(
      value,
      target,
      (use) => {
        const call = outermost(code, use).parent?.parent;
        return call?.name === 'CallExpression' ? textOf(code, call) : '';
      },
      (use) => this.map(use),
    );
  }

  /** For a name: all of its uses. */
  named(definition: SyntaxNode, judge: Judge): Story {
    const uses = this.#usesOf(definition);
    return uses ? this.#deeper(() => ofName(uses.map((use) => [use, ofUse(use, judge)]))) : unknown(definition);
  }

  /** For a name of several values: a test of one covers the uses of that one. */
  #apart(value: SyntaxNode, definition: SyntaxNode, partOf: (use: SyntaxNode) => string, judge: Judge): Story {
    const uses = this.#usesOf(definition);
    if (!uses) return unknown(definition);
    const parts = Map.groupBy(uses, partOf);
    return this.#deeper(() =>
      this.#each(
        value,
        [...parts.values()].map((part) => ofName(part.map((use) => [use, ofUse(use, judge)]))),
      ),
    );
  }

  /** For several values, each of which is judged by itself. */
  #each(value: SyntaxNode, stories: readonly Story[]): Story {
    return worst(stories.map((story) => verdictOf(story, this.#read))) === 'good' ? fine : unknown(value);
  }

  #usesOf(definition: SyntaxNode): readonly SyntaxNode[] | undefined {
    return this.#depth < DEEPEST ? usesOf(this.#analysis, definition) : undefined;
  }

  #deeper(judge: () => Story): Story {
    this.#depth++;
    const story = judge();
    this.#depth--;
    return story;
  }

  /** Where its truth counts. */
  #isTrue(value: SyntaxNode): Story {
    return this.#tested(value, true, value);
  }

  #tested(node: SyntaxNode, excludesNull: boolean | undefined, value: SyntaxNode): Story {
    const { code } = this.#analysis;
    return tested(code, { node, excludesNull, name: value.name === 'VariableName' ? textOf(code, value) : '' });
  }

  #member(value: SyntaxNode, member: SyntaxNode): Story {
    const { code } = this.#analysis;
    if (member.getChild('?.')) return this.#compared(chainEnd(code, member), value);
    const name = member.lastChild ? textOf(code, member.lastChild) : '';
    return this.#mayBeMap && MAP.test(name) ? unknown(value) : throws(value);
  }

  /** For an expression on a value, such as `typeof value` and `value?.name`: it may be compared with something. */
  #compared(expression: SyntaxNode, value: SyntaxNode): Story {
    const { code } = this.#analysis;
    const whole = outermost(code, expression);
    const { parent } = whole;
    if (parent?.name === 'BinaryExpression' && !/^(?:&&|\|\||\?\?)$/.test(signOf(code, parent)))
      return this.#tested(parent, excludedBy(code, parent, whole), value);
    return this.#tested(whole, expression.name === 'UnaryExpression' ? undefined : true, value);
  }

  #operand(value: SyntaxNode, binary: SyntaxNode, isLeft: boolean): Story {
    const sign = signOf(this.#analysis.code, binary);
    switch (sign) {
      case '&&':
        // The whole is null too.
        return together([
          ifSo(this.#analysis.code, isLeft && binary.lastChild ? [binary.lastChild] : []),
          this.value(binary),
        ]);
      case '||':
      case '??':
        return isLeft ? this.#isTrue(value) : this.value(binary);
      case 'instanceof':
        return isLeft ? this.#compared(value, value) : unknown(value);
      default:
        return /^[!=]==?$/.test(sign) ? this.#compared(value, value) : unknown(value);
    }
  }

  #declared(value: SyntaxNode): Story {
    const target = declaredBy(value);
    if (target?.name === 'VariableDefinition') return this.named(target, (use) => this.value(use));
    // Null cannot be destructured.
    if (target?.name === 'ObjectPattern') return throws(value);
    return target?.name === 'ArrayPattern' && !this.#mayBeMap ? throws(value) : unknown(value);
  }

  #assigned(assignment: SyntaxNode, isTarget: boolean): Story {
    const { code, declarations } = this.#analysis;
    const [target, operator] = [assignment.firstChild, assignment.firstChild?.nextSibling];
    if (!target || !operator) return unknown(assignment);
    const sign = textOf(code, operator);
    // What follows has another value, or one that is not null.
    if (isTarget && /^(?:\?\?|\|\|)?=$/.test(sign))
      return { ...fine, safe: [restAfter(assignment)], guards: [assignment.from] };
    if (isTarget || sign !== '=') return unknown(assignment);
    if (target.name === 'ObjectPattern') return throws(assignment);
    const declared = target.name === 'VariableName' ? declarations.find(textOf(code, target), target) : undefined;
    if (!declared) return unknown(assignment);
    // Uses before it are of another value, unless they come again.
    const isBefore = (use: SyntaxNode): boolean => use.from < assignment.from && isSameFunction(use, assignment);
    return this.named(declared.node, (use) => {
      if (isSameNode(use, target) || (isBefore(use) && !isInSameLoop(use, assignment))) return fine;
      return isBefore(use) ? uncertain(this.value(use)) : this.value(use);
    });
  }

  #argument(list: SyntaxNode): Story {
    const callee = calleeOf(list);
    const name = callee ? textOf(this.#analysis.code, callee) : '';
    // It returns null for null.
    if (name === 'JSON.parse' && list.parent) return this.value(list.parent);
    return TAKES_NULL.test(name) && list.getChild('Spread') === null ? fine : unknown(list);
  }
}

/** A property without a value leads to where its object goes. */
const ofUse = (use: SyntaxNode, judge: Judge): Story => (use.name === 'PropertyDefinition' ? unknown(use) : judge(use));
