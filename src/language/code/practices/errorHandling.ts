import type { SyntaxNode } from '@lezer/common';
import {
  type Code,
  isBesideError,
  isFunction,
  isSameNode,
  members,
  nearest,
  nodeId,
  textOf,
} from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';
import type { KvCall } from '../calls.ts';
import { calleeOf, declaredBy, isWithin, lastName, outermost, usesOf } from './flow.ts';
import { handlerName } from './handlers.ts';
import type { Verdict } from './verdict.ts';

/** What happens to an error: `lost` if nothing waits for the promise that has it. */
type Fate = Verdict | 'lost';

/** Handlers that the platform calls again if they throw. */
const CALLED_AGAIN = /^(?:queue|alarm)$/;
/** These return a promise with the error of their callback or of the promise they are called on. */
const PASSES_ON = /^(?:then|catch|finally)$/;
const MAPS = /^(?:map|flatMap)$/;
const PERHAPS = /^(?:(?:If|For|While|Do|Switch)Statement|(?:Conditional|Binary)Expression|CatchClause)$/;

/** The most steps to follow from a write to where its error is caught. */
const MOST_STEPS = 100;

/** Whether the error of a write is caught or the write retried, here or possibly by a caller. */
export function errorHandling(analysis: Analysis, call: KvCall): Verdict {
  const fate = fateOf(analysis, call);
  return fate === 'lost' ? 'bad' : fate;
}

/** Whether nothing waits for a write, so that no request fails with it. */
export const isLeftAlone = (analysis: Analysis, call: KvCall): boolean => fateOf(analysis, call) === 'lost';

function fateOf(analysis: Analysis, call: KvCall): Fate {
  const fate = errorsOf(analysis).ofCall(call);
  return fate === 'lost' && (isBesideError(analysis.code, call.node) || !nearest(call.node, isFunction))
    ? 'unknown'
    : fate;
}

/** Created once for each file. */
const all = new WeakMap<Analysis, Errors>();

function errorsOf(analysis: Analysis): Errors {
  const errors = all.get(analysis) ?? new Errors(analysis);
  all.set(analysis, errors);
  return errors;
}

/** Follows the errors of promises to where they are caught, as far as a single file shows it. */
class Errors {
  readonly #analysis: Analysis;
  /** The fates of names; `unknown` while a name is being followed. */
  readonly #named = new Map<number, Fate>();
  #steps = 0;

  constructor(analysis: Analysis) {
    this.#analysis = analysis;
  }

  ofCall({ node, head }: KvCall): Fate {
    const { code } = this.#analysis;
    if (head === undefined) return this.#ofPromise(node);
    // The parser attaches the operator to the receiver, but it applies to the whole chain.
    let chain = outermost(code, node);
    for (let next = this.#called(chain); next; next = this.#called(chain)) {
      if (this.#catches(next)) return 'good';
      chain = outermost(code, next);
    }
    if (chain.parent?.name === 'MemberExpression') return 'unknown';
    if (head === 'await') return this.#thrown(chain);
    return head === 'void' ? 'lost' : 'unknown';
  }

  #ofPromise(node: SyntaxNode): Fate {
    return this.#step(() => this.#ofOnePromise(node));
  }

  /** For several promises in an array. */
  #ofList(node: SyntaxNode): Fate {
    return this.#step(() => this.#ofPromises(node));
  }

  #step(follow: () => Fate): Fate {
    if (this.#steps >= MOST_STEPS) return 'unknown';
    this.#steps++;
    const fate = follow();
    this.#steps--;
    return fate;
  }

  #ofOnePromise(node: SyntaxNode): Fate {
    const { code } = this.#analysis;
    const value = outermost(code, node);
    const { parent } = value;
    switch (parent?.name) {
      case 'AwaitExpression':
        return this.#thrown(parent);
      case 'ExpressionStatement':
        return 'lost';
      case 'UnaryExpression':
        return parent.firstChild?.name === 'void' ? 'lost' : 'unknown';
      case 'ReturnStatement':
        return this.#leaving(parent, (of) => (isInTry(parent, of) ? 'unknown' : this.#ofFunction(of)));
      case 'ArrowFunction':
        return parent.lastChild && isSameNode(parent.lastChild, value) ? this.#ofFunction(parent) : 'unknown';
      case 'MemberExpression': {
        const called = this.#called(value);
        if (!called) return 'unknown';
        return this.#catches(called) ? 'good' : this.#ofPromise(called);
      }
      case 'ConditionalExpression':
        return parent.firstChild && isSameNode(parent.firstChild, value) ? 'unknown' : this.#ofPromise(parent);
      case 'BinaryExpression':
        return isLastOfChoice(code, parent, value) ? this.#ofPromise(parent) : 'unknown';
      case 'ArrayExpression':
        return this.#ofList(parent);
      case 'ArgList':
        return this.#argument(parent, (callee) =>
          textOf(code, callee) === 'Promise.resolve' ? this.#ofPromise(callee.parent ?? callee) : 'unknown',
        );
      default:
        return this.#kept(value, false);
    }
  }

  #ofPromises(node: SyntaxNode): Fate {
    const { code } = this.#analysis;
    const value = outermost(code, node);
    const { parent } = value;
    switch (parent?.name) {
      case 'ExpressionStatement':
        return 'lost';
      case 'ArrayExpression':
        return value.prevSibling?.name === 'Spread' ? this.#ofList(parent) : 'unknown';
      case 'ArgList':
        return this.#argument(parent, (callee) => {
          const name = textOf(code, callee);
          if (name === 'Promise.allSettled') return 'good';
          return name === 'Promise.all' ? this.#ofPromise(callee.parent ?? callee) : 'unknown';
        });
      case 'MemberExpression': {
        const name = lastName(code, parent);
        // Other members do nothing with the promises.
        return name === 'push' || name === 'length' ? 'lost' : 'unknown';
      }
      default:
        return this.#kept(value, true);
    }
  }

  /** For a value that is passed to a function. */
  #argument(list: SyntaxNode, otherwise: (callee: SyntaxNode) => Fate): Fate {
    const { code } = this.#analysis;
    const callee = calleeOf(list);
    if (!callee) return 'unknown';
    // Work in the background does not make a request fail.
    if (/(?:^|\.)waitUntil$/.test(textOf(code, callee))) return 'good';
    const owner = callee.name === 'MemberExpression' ? callee.firstChild : undefined;
    if (owner?.name === 'VariableName' && lastName(code, callee) === 'push') return this.#ofName(owner, true);
    return otherwise(callee);
  }

  /** For a value that a variable is set to. */
  #kept(value: SyntaxNode, isList: boolean): Fate {
    const { parent } = value;
    const target = declaredBy(value) ?? (parent?.name === 'AssignmentExpression' ? parent.firstChild : undefined);
    if (!target || isSameNode(target, value)) return 'unknown';
    return /^Variable(?:Definition|Name)$/.test(target.name) ? this.#ofName(target, isList) : 'unknown';
  }

  #ofName(name: SyntaxNode, isList: boolean): Fate {
    const { code, declarations } = this.#analysis;
    const declared = declarations.find(textOf(code, name), name);
    if (declared?.kind !== 'variable' || declared.path.length > 0) return 'unknown';
    const { node: definition, value } = declared;
    const id = nodeId(definition);
    const known = this.#named.get(id);
    if (known !== undefined) return known;
    this.#named.set(id, 'unknown');
    const uses = usesOf(this.#analysis, definition);
    const targets = uses?.filter(isTarget) ?? [];
    // The variable has other values too, or is something other than it seems.
    const isClear = isList
      ? value !== undefined && this.#isOwnList(value) && targets.length === 0
      : (value ? 1 : 0) + targets.length === 1;
    const fate =
      uses && isClear
        ? together(uses.filter((use) => !isTarget(use)).map((use) => this.#ofUse(use, definition, isList)))
        : 'unknown';
    this.#named.set(id, fate);
    return fate;
  }

  #isOwnList({ name, firstChild }: SyntaxNode): boolean {
    if (name === 'ArrayExpression') return true;
    return name === 'CallExpression' && firstChild !== null && MAPS.test(lastName(this.#analysis.code, firstChild));
  }

  #ofUse(use: SyntaxNode, definition: SyntaxNode, isList: boolean): Fate {
    if (use.name === 'PropertyDefinition') return 'unknown';
    const fate = isList ? this.#ofList(use) : this.#ofPromise(use);
    // This use may not be reached.
    const around = nearest(use, (one) => isWithin(definition, one) || isConditional(one));
    return fate === 'good' && around && !isWithin(definition, around) ? 'unknown' : fate;
  }

  /** For an error that is thrown at this place. */
  #thrown(node: SyntaxNode): Fate {
    return this.#leaving(node, (of) => (isInTry(node, of) ? 'good' : this.#ofFunction(of)));
  }

  #leaving(node: SyntaxNode, then: (of: SyntaxNode) => Fate): Fate {
    const around = nearest(node, isFunction);
    return around ? then(around) : 'unknown';
  }

  /** For a function that throws the error, or returns a promise with it. */
  #ofFunction(node: SyntaxNode): Fate {
    const { code } = this.#analysis;
    const value = outermost(code, node);
    const { parent } = value;
    if (parent?.name === 'CallExpression' && parent.firstChild && isSameNode(parent.firstChild, value)) {
      return this.#ofPromise(parent);
    }
    const callee = parent?.name === 'ArgList' ? calleeOf(parent) : undefined;
    if (callee?.parent) {
      const name = lastName(code, callee);
      if (MAPS.test(name)) return this.#ofList(callee.parent);
      if (name === 'forEach') return 'lost';
      return PASSES_ON.test(name) ? this.#ofPromise(callee.parent) : 'unknown';
    }
    const handler = handlerName(code, node);
    if (handler === undefined) return 'unknown';
    return CALLED_AGAIN.test(handler) ? 'good' : 'bad';
  }

  /** The call of a promise's method that returns another promise. */
  #called(promise: SyntaxNode): SyntaxNode | undefined {
    const member = promise.parent;
    if (member?.name !== 'MemberExpression' || !PASSES_ON.test(lastName(this.#analysis.code, member))) return undefined;
    return member.parent?.name === 'CallExpression' ? member.parent : undefined;
  }

  #catches(call: SyntaxNode): boolean {
    const name = call.firstChild ? lastName(this.#analysis.code, call.firstChild) : '';
    const args = call.getChild('ArgList');
    return name === 'catch' || (name === 'then' && args !== null && members(args).length > 1);
  }
}

/** For a promise that is used in several places, each of which gets its error. */
const together = (fates: readonly Fate[]): Fate =>
  (['unknown', 'bad', 'good'] as const).find((one) => fates.includes(one)) ?? 'lost';

const isConditional = (node: SyntaxNode): boolean => isFunction(node) || PERHAPS.test(node.name);

const isTarget = ({ parent, from }: SyntaxNode): boolean =>
  parent?.name === 'AssignmentExpression' && parent.firstChild?.from === from;

/** Whether the function's own `try` catches what is thrown there. */
function isInTry(node: SyntaxNode, of: SyntaxNode): boolean {
  for (
    let inner = node, around = node.parent;
    around && !isSameNode(around, of);
    inner = around, around = inner.parent
  ) {
    const block =
      around.name === 'TryStatement' && around.getChild('CatchClause') ? around.getChild('Block') : undefined;
    if (block && isSameNode(block, inner)) return true;
  }
  return false;
}

/** `b` of `a && b`. */
function isLastOfChoice(code: Code, choice: SyntaxNode, value: SyntaxNode): boolean {
  const operator = choice.firstChild?.nextSibling;
  if (!operator || !/^(?:&&|\|\||\?\?)$/.test(textOf(code, operator))) return false;
  return choice.lastChild !== null && isSameNode(choice.lastChild, value);
}
