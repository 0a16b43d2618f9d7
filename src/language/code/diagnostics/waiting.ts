import type { SyntaxNode } from '@lezer/common';
import * as l10n from '@vscode/l10n';
import { type Declaration, parameters } from '../../../core/code/declarations.ts';
import {
  type Code,
  children,
  isBesideError,
  isFunction,
  isSameNode,
  members,
  nearest,
  textOf,
} from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';
import type { KvCall } from '../calls.ts';
import { isInLastingClass } from '../lastingClass.ts';
import { handlerName } from '../practices/handlers.ts';
import { isEnvName } from '../types.ts';
import type { Checked, Fix, Rule } from './finding.ts';
import { isRead } from './keys.ts';

/** A `put` that is a statement of its own: the Worker may end before it has finished. */
export const floatingPut: Rule = (call, { analysis }) => {
  const { code } = analysis;
  const statement = call.node.parent;
  if (call.method !== 'put' || call.head !== undefined || statement?.name !== 'ExpressionStatement') return [];
  if (isBesideError(code, call.node)) return [];
  if (!nearest(statement, isFunction) || isInLastingClass(analysis, statement)) return [];
  const fixes: Fix[] = [];
  if (canAwait(call.node)) {
    fixes.push({ title: l10n.t('Add “await”'), edits: [{ from: call.from, to: call.from, text: 'await ' }] });
  }
  const context = contextName(analysis, statement) ?? contextOfOwner(analysis, call);
  if (context !== undefined) {
    // An optional chain may give undefined, which `waitUntil` does not accept.
    const [before, after] = isOptional(call.node) ? ['Promise.resolve(', '))'] : ['', ')'];
    fixes.push({
      title: l10n.t('Wrap in “{0}.waitUntil”', context),
      edits: [
        { from: call.from, to: call.from, text: `${context}.waitUntil(${before}` },
        { from: call.to, to: call.to, text: after },
      ],
    });
  }
  const message = l10n.t(
    'Nothing waits for this put: the value may be cut or lost when the Worker answers first. Await it, or hand it to waitUntil.',
  );
  return [{ code: 'floating-put', from: call.from, to: call.to, message, fixes }];
};

/** True for a call that a `?.` before it may skip. */
function isOptional(call: SyntaxNode): boolean {
  for (let node: SyntaxNode | null = call; node && CHAIN.has(node.name); node = node.firstChild) {
    if (node.getChild('?.')) return true;
  }
  return false;
}

const CHAIN: ReadonlySet<string> = new Set([
  'CallExpression',
  'MemberExpression',
  'InstantiationExpression',
  'PostfixExpression',
]);

/** Places where `await` is not allowed, whatever the enclosing function is. */
const NO_AWAIT: ReadonlySet<string> = new Set([
  'PropertyDeclaration',
  'StaticBlock',
  'ParamList',
  'NamespaceDeclaration',
]);

/** True in an async function, and at the top level of a module. */
function canAwait(node: SyntaxNode): boolean {
  const around = nearest(node, (one) => NO_AWAIT.has(one.name) || isFunction(one));
  return !around || (!NO_AWAIT.has(around.name) && around.getChild('async') !== null);
}

/** The Worker's name for its execution context, if one is in scope. */
function contextName({ code, declarations }: Analysis, from: SyntaxNode): string | undefined {
  return ['ctx', 'context', 'executionCtx'].find((name) => {
    const declared = declarations.find(name, from);
    return declared?.parameter !== undefined && declared.path.length === 0 && isContext(code, declared);
  });
}

/** The context beside the env that a `put` goes by: that of a Hono handler, or of a Worker's entry point. */
function contextOfOwner({ code, declarations }: Analysis, { node, from }: KvCall): string | undefined {
  const [, owner] = /^([\w$]+)\s*!?\.\s*env\b/.exec(code.text.slice(from, node.to)) ?? [];
  if (owner === 'this') return isInEntrypoint(code, node) ? 'this.ctx' : undefined;
  const declared = owner === undefined ? undefined : declarations.find(owner, node);
  if (!declared?.parameter || declared.path.length > 0 || !/\bfrom\s*["']hono(?:\/[\w-]+)*["']/.test(code.text)) {
    return undefined;
  }
  const { type, parameter } = declared;
  const isHono = type ? /\bContext\b/.test(textOf(code, type)) : parameter.index === 0;
  return isHono ? `${owner}.executionCtx` : undefined;
}

/** True where `this` is an object of a class that extends `WorkerEntrypoint`. */
function isInEntrypoint(code: Code, node: SyntaxNode): boolean {
  const own = nearest(node, (one) => THIS.has(one.name) || (isFunction(one) && one.name !== 'ArrowFunction'));
  const isOfObject = own?.name === 'MethodDeclaration' || own?.name === 'PropertyDeclaration';
  const of = isOfObject && own.getChild('static') === null ? own.parent?.parent : undefined;
  const base = of?.getChild('extends')?.nextSibling;
  return base != null && /(?:^|\.\s*)WorkerEntrypoint$/.test(textOf(code, base));
}

/** What else than functions has a `this` of its own. */
const THIS: ReadonlySet<string> = new Set(['PropertyDeclaration', 'StaticBlock']);

/**
 * Recognised by its annotation; without one, by its position in a handler, or beside a handler's parameters. It must not
 * be optional: without a context, `ctx?.waitUntil(…)` would not even begin the put.
 */
function isContext(code: Code, { type, parameter, node, value }: Declaration): boolean {
  if (!parameter) return false;
  if (type) {
    const text = textOf(code, type);
    const mayLack = node.nextSibling?.name === 'Optional' || (!value && /\b(?:undefined|null)\b/.test(text));
    return /\bExecutionContext\b/.test(text) && !mayLack;
  }
  if (parameter.index !== 2) return false;
  const list = parameter.of.getChild('ParamList');
  const names = (list ? parameters(list) : []).slice(0, 2).map((one) => textOf(code, one));
  return (
    handlerName(code, parameter.of) !== undefined || names.some((one) => isEnvName(one) || /^req(?:uest)?$/.test(one))
  );
}

/** The promise of a read, used as if it were already its value. */
export const noAwait: Rule = (call, checked) => {
  const { code } = checked.analysis;
  if (!isRead(call) || call.head === 'await' || call.head === 'void') return [];
  const isNegated = call.head === 'other' && code.text[call.node.from] === '!';
  if ((!isNegated && !isUsedAsValue(call, checked)) || isBesideError(code, call.node)) return [];
  const edit = { from: call.from, to: call.from, text: 'await ' };
  const fixes: Fix[] = canAwait(call.node) ? [{ title: l10n.t('Add “await”'), edits: [edit] }] : [];
  const message = l10n.t('This is a promise, not the value: it is always true, and “[object Promise]” as text.');
  return [{ code: 'no-await', from: call.from, to: call.to, message, fixes }];
};

/** Where the promise itself is used as its value, and TypeScript does not report it or is not used. */
function isUsedAsValue({ node: call }: KvCall, { analysis: { code }, isTyped }: Checked): boolean {
  const asked = question(code, call);
  if (asked) return !(isTyped && asked.isReported);
  const node = outOfParentheses(call);
  const { parent } = node;
  switch (parent?.name) {
    case 'Interpolation':
      // A tag function is given the promise, and may await it.
      return parent.parent?.parent?.name !== 'TaggedTemplateExpression';
    case 'BinaryExpression': {
      const [left, operator, right] = children(parent);
      if (!left || !operator || !right || !/^[!=]==?$/.test(textOf(code, operator))) return false;
      return /^(?:null|undefined)$/.test(textOf(code, isSameNode(left, node) ? right : left));
    }
    case 'ArgList': {
      const callee = parent.parent?.firstChild;
      const [first] = members(parent);
      const isParse = callee && /^JSON\s*\.\s*parse$/.test(textOf(code, callee));
      return isParse === true && !isTyped && first !== undefined && isSameNode(first, node);
    }
    default:
      return false;
  }
}

function outOfParentheses(node: SyntaxNode): SyntaxNode {
  const { parent } = node;
  const isInner = parent?.name === 'ParenthesizedExpression' && !CONDITIONAL.has(parent.parent?.name ?? '');
  return parent && isInner ? outOfParentheses(parent) : node;
}

/** The statements with a condition in parentheses, and whether TypeScript checks that condition for promises. */
const CONDITIONAL: ReadonlyMap<string, boolean> = new Map([
  ['IfStatement', true],
  ['WhileStatement', false],
  ['DoStatement', false],
]);

/** A test of whether a promise is truthy, or exists. */
interface Question {
  readonly isReported: boolean;
}

const UNREPORTED: Question = { isReported: false };

/**
 * How a condition, or `&&`, `||` and `??` after a call, tests its promise. TypeScript reports such tests in an `if`,
 * before `?` and before `&&`, including in their parts, but only if the call is always made.
 */
function question(code: Code, call: SyntaxNode): Question | undefined {
  const isAlways = !isOptional(call);
  let asked: Question | undefined;
  for (let node = call; node.parent; node = node.parent) {
    const { parent } = node;
    switch (parent.name) {
      case 'ParenthesizedExpression': {
        const isReported = CONDITIONAL.get(parent.parent?.name ?? '');
        if (isReported !== undefined) return { isReported: isReported && isAlways };
        break;
      }
      case 'ConditionalExpression':
        return isFirst(parent, node) ? { isReported: isAlways } : asked;
      case 'BinaryExpression': {
        const operator = parent.getChild('LogicOp');
        if (!operator) return asked;
        // A call that may be skipped need not give a promise.
        if (!isFirst(parent, node) || !isAlways) break;
        if (textOf(code, operator) === '&&') return { isReported: true };
        asked = UNREPORTED;
        break;
      }
      case 'UnaryExpression':
        return textOf(code, parent).startsWith('!') ? UNREPORTED : asked;
      case 'ForSpec':
        return isCondition(node) ? UNREPORTED : asked;
      default:
        return asked;
    }
  }
  return asked;
}

const isFirst = ({ firstChild }: SyntaxNode, node: SyntaxNode): boolean =>
  firstChild !== null && isSameNode(firstChild, node);

/** The second of the three parts in the parentheses of a `for`. */
const isCondition = ({ prevSibling, nextSibling }: SyntaxNode): boolean =>
  nextSibling?.name === ';' && (prevSibling?.name === ';' || prevSibling?.name === 'VariableDeclaration');
