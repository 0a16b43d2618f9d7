import type { SyntaxNode } from '@lezer/common';
import { isSameNode, members, textOf } from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';
import type { KvCall } from '../calls.ts';
import { awaited, calleeOf, declaredBy, outermost, usesOf } from './flow.ts';
import { type Verdict, worst } from './verdict.ts';

/** What happens to a value; `checked` if code tests whether it exists. */
type Fate = Verdict | 'checked';

/** Judges a value at its place. */
type Judge = (value: SyntaxNode) => Fate;

/** How many names may lead from a read to its use. */
const DEEPEST = 8;

/** A read of many keys returns a `Map`. */
const MAP = /^(?:get|has|size|keys|values|entries|forEach)$/;

/** These accept null without throwing. */
const TAKES_NULL =
  /^(?:(?:JSON\.stringify|Response(?:\.json)?|Boolean|String|Number|parse(?:Int|Float)|\w+\.json)|console\.\w+)$/;

const CHECKS = /^(?:[!=]==?|\?\?|&&|\|\||instanceof)$/;

/** Whether the result of a read is used as if its key always existed. */
export function nullHandling(analysis: Analysis, call: KvCall): Verdict {
  const { code, constants } = analysis;
  const [key] = call.args;
  if (isUnused(call)) return 'good';
  if (!key) return 'unknown';
  const fates = new Fates(analysis, constants.text(key) === undefined);
  const isList = key.name === 'ArrayExpression';
  const isPair = call.method === 'getWithMetadata';
  const judge: Judge = (value) => {
    if (isList) return isPair ? 'unknown' : fates.map(value);
    return isPair ? fates.pair(value) : fates.value(value);
  };
  const value = awaited(code, call);
  if (value?.parent?.name === 'ExpressionStatement') return 'good';
  const fate = value ? judge(value) : ofAll(analysis, call, (definition) => fates.named(definition, judge));
  return fate === 'checked' ? 'good' : fate;
}

const isUnused = ({ node, head }: KvCall): boolean => head === 'void' || node.parent?.name === 'ExpressionStatement';

/** One of several reads that are awaited together, each with its own name. */
function ofAll({ code }: Analysis, { node }: KvCall, named: (definition: SyntaxNode) => Fate): Fate {
  const value = outermost(code, node);
  const list = value.parent?.name === 'ArrayExpression' ? value.parent : undefined;
  const args = list?.parent?.name === 'ArgList' ? list.parent : undefined;
  const callee = args && calleeOf(args);
  const all = args?.parent;
  if (!list || !callee || textOf(code, callee) !== 'Promise.all' || all?.parent?.name !== 'AwaitExpression')
    return 'unknown';
  const pattern = declaredBy(outermost(code, all.parent));
  if (pattern?.name !== 'ArrayPattern') return 'unknown';
  const [given, taken] = [members(list), members(pattern)];
  const isPlain = [...given, ...taken].every(({ name }) => name !== 'Spread') && given.length === taken.length;
  const definition = taken[given.findIndex((one) => isSameNode(one, value))];
  return isPlain && definition?.name === 'VariableDefinition' ? named(definition) : 'unknown';
}

class Fates {
  readonly #analysis: Analysis;
  /** The key may be a variable with a list of keys. */
  readonly #mayBeMap: boolean;
  #depth = 0;

  constructor(analysis: Analysis, mayBeMap: boolean) {
    this.#analysis = analysis;
    this.#mayBeMap = mayBeMap;
  }

  /** For something that may be null. */
  value(node: SyntaxNode): Fate {
    const { code } = this.#analysis;
    const value = outermost(code, node);
    const { parent } = value;
    if (!parent) return 'unknown';
    const isFirst = parent.firstChild !== null && isSameNode(parent.firstChild, value);
    switch (parent.name) {
      case 'ExpressionStatement':
        return 'good';
      case 'IfStatement':
      case 'WhileStatement':
      case 'DoStatement':
        return 'checked';
      case 'MemberExpression':
        return isFirst ? this.#member(parent) : 'unknown';
      case 'UnaryExpression': {
        const operator = parent.firstChild ? textOf(code, parent.firstChild) : '';
        return operator === '!' || operator === 'typeof' ? 'checked' : 'unknown';
      }
      case 'BinaryExpression':
        return this.#operand(parent, isFirst);
      case 'ConditionalExpression':
        return isFirst ? 'checked' : this.value(parent);
      case 'VariableDeclaration':
        return this.#declared(value);
      case 'AssignmentExpression':
        return this.#assigned(parent, isFirst);
      case 'ForOfSpec':
        return this.#mayBeMap ? 'unknown' : 'bad';
      case 'ArgList':
        return this.#argument(parent);
      // `{ ...null }` is empty.
      case 'Property':
        return value.prevSibling?.name === 'Spread' ? 'good' : 'unknown';
      default:
        return 'unknown';
    }
  }

  /** For the pair of a value and its metadata, each of which may be null. */
  pair(node: SyntaxNode): Fate {
    const { code } = this.#analysis;
    const value = outermost(code, node);
    const { parent } = value;
    if (parent?.name === 'MemberExpression' && parent.firstChild && isSameNode(parent.firstChild, value)) {
      const property = parent.lastChild ? textOf(code, parent.lastChild) : '';
      return /^(?:value|metadata)$/.test(property) ? notBad(this.value(parent)) : 'unknown';
    }
    const target = declaredBy(value);
    if (target?.name === 'VariableDefinition') return this.named(target, (use) => this.pair(use));
    if (target?.name !== 'ObjectPattern') return 'unknown';
    const taken = target.getChildren('PatternProperty').map((property): Verdict => {
      const { lastChild } = property;
      const isPlain = lastChild?.name === 'VariableDefinition' && property.firstChild?.name !== 'Spread';
      const fate = isPlain ? notBad(this.named(lastChild, (use) => this.value(use))) : 'unknown';
      return fate === 'checked' ? 'good' : fate;
    });
    return worst(taken);
  }

  /** For a `Map`: its value for a key may be null. */
  map(node: SyntaxNode): Fate {
    const { code } = this.#analysis;
    const value = outermost(code, node);
    const { parent } = value;
    if (parent?.name === 'MemberExpression' && parent.lastChild) {
      const property = textOf(code, parent.lastChild);
      if (/^(?:has|size|keys)$/.test(property)) return 'good';
      return property === 'get' && parent.parent?.name === 'CallExpression'
        ? notBad(this.value(parent.parent))
        : 'unknown';
    }
    const target = declaredBy(value);
    return target?.name === 'VariableDefinition' ? this.named(target, (use) => this.map(use)) : 'unknown';
  }

  /** For a name: if one place tests whether it exists, that covers the places after it. */
  named(definition: SyntaxNode, judge: Judge): Fate {
    const uses = this.#depth < DEEPEST ? usesOf(this.#analysis, definition) : undefined;
    if (!uses) return 'unknown';
    this.#depth++;
    const fates = uses.map((use) => (use.name === 'PropertyDefinition' ? 'unknown' : judge(use)));
    this.#depth--;
    const checked = fates.find((fate) => fate === 'checked');
    // A function that it is passed to may test it.
    const given = fates.find((fate) => fate === 'unknown');
    return checked ?? given ?? fates.find((fate) => fate === 'bad') ?? 'good';
  }

  #member(member: SyntaxNode): Fate {
    if (member.getChild('?.')) return 'checked';
    const name = member.lastChild ? textOf(this.#analysis.code, member.lastChild) : '';
    return this.#mayBeMap && MAP.test(name) ? 'unknown' : 'bad';
  }

  #operand(binary: SyntaxNode, isLeft: boolean): Fate {
    const operator = binary.firstChild?.nextSibling;
    const sign = operator ? textOf(this.#analysis.code, operator) : '';
    if (!CHECKS.test(sign)) return 'unknown';
    return isLeft || /^[!=]/.test(sign) ? 'checked' : this.value(binary);
  }

  #declared(value: SyntaxNode): Fate {
    const target = declaredBy(value);
    if (target?.name === 'VariableDefinition') return this.named(target, (use) => this.value(use));
    // Null cannot be destructured.
    if (target?.name === 'ObjectPattern') return 'bad';
    return target?.name === 'ArrayPattern' && !this.#mayBeMap ? 'bad' : 'unknown';
  }

  #assigned(assignment: SyntaxNode, isTarget: boolean): Fate {
    const { code, declarations } = this.#analysis;
    const [target, operator] = [assignment.firstChild, assignment.firstChild?.nextSibling];
    if (!target || !operator) return 'unknown';
    if (isTarget) return /^(?:\?\?|\|\|)=$/.test(textOf(code, operator)) ? 'checked' : 'unknown';
    if (textOf(code, operator) !== '=') return 'unknown';
    if (target.name === 'ObjectPattern') return 'bad';
    const declared = target.name === 'VariableName' ? declarations.find(textOf(code, target), target) : undefined;
    if (!declared) return 'unknown';
    return this.named(declared.node, (use) => (isSameNode(use, target) ? 'good' : this.value(use)));
  }

  #argument(list: SyntaxNode): Fate {
    const callee = calleeOf(list);
    const name = callee ? textOf(this.#analysis.code, callee) : '';
    // It returns null for null.
    if (name === 'JSON.parse' && list.parent) return this.value(list.parent);
    return TAKES_NULL.test(name) && list.getChild('Spread') === null ? 'good' : 'unknown';
  }
}

/** For values about which less is certain: the key of a list, or of a pair, may well exist. */
const notBad = (fate: Fate): Fate => (fate === 'bad' ? 'unknown' : fate);
