import type { SyntaxNode } from '@lezer/common';
import * as l10n from '@vscode/l10n';
import { isShortLived } from '../../core/check/lifetimes.ts';
import type { Analysis } from './analysis.ts';
import type { KvCall, Range } from './calls.ts';
import { hasSpread, optionOf, properties } from './objects.ts';
import { handlerName } from './practices/handlers.ts';
import { type Code, children, isFunction, isSameNode, nearest, textOf } from './syntax.ts';

/*
 * What KV does not forbid, and what a Worker in production should not do: more is certain here than a glance shows, and
 * nothing is said where it is not.
 */

export type Practice =
  | 'single-reads'
  | 'unread-pages'
  | 'no-retry'
  | 'unchecked-null'
  | 'no-expiration'
  | 'repeated-put';

export interface PracticeFinding extends Range {
  readonly practice: Practice;
  readonly message: string;
}

/** What the calls of a file do. */
export interface Practices {
  readonly findings: readonly PracticeFinding[];
  readonly reads: number;
  /** Reads that set a `cacheTtl`. */
  readonly cachedReads: number;
  readonly lists: number;
  readonly writes: number;
  /** Writes whose error a caller may catch, or not. */
  readonly unknownWrites: number;
}

export function practicesIn(analysis: Analysis): Practices {
  const { calls } = analysis;
  const reads = calls.filter(isRead);
  const writes = calls.filter(({ method }) => method === 'put' || method === 'delete');
  const catching = writes.map((call) => ({ call, caught: caughtBy(analysis, call) }));
  const findings = [
    ...calls.flatMap((call) => RULES.flatMap((rule) => rule(analysis, call))),
    ...catching.flatMap(({ call, caught }) =>
      caught === 'nobody' ? found('no-retry', call.methodAt, noRetry(call.method)) : [],
    ),
  ];
  return {
    findings: findings.sort((a, b) => a.from - b.from),
    reads: reads.length,
    cachedReads: reads.filter((call) => setsCacheTtl(analysis, call)).length,
    lists: calls.filter(({ method }) => method === 'list').length,
    writes: writes.length,
    unknownWrites: catching.filter(({ caught }) => caught === 'unknown').length,
  };
}

type Rule = (analysis: Analysis, call: KvCall) => readonly PracticeFinding[];

const isRead = ({ method }: KvCall): boolean => method === 'get' || method === 'getWithMetadata';

const found = (practice: Practice, { from, to }: Range, message: string): PracticeFinding[] => [
  { practice, from, to, message },
];

const noRetry = (method: string): string =>
  method === 'put'
    ? l10n.t('Nothing catches the error of this put: one write too soon to its key (429) fails the whole request.')
    : l10n.t('Nothing catches the error of this delete: one write too soon to its key (429) fails the whole request.');

function setsCacheTtl({ code, constants }: Analysis, { args: [, options] }: KvCall): boolean {
  const object = options && (constants.constant(options) ?? options);
  return object !== undefined && optionOf(code, object, 'cacheTtl') !== undefined;
}

/** Reads of one key after the other where one call reads up to a hundred. */
const singleReads: Rule = ({ code, constants }, call) => {
  const [key, options] = call.args;
  if (!isRead(call) || !key || key.name === 'ArrayExpression' || constants.text(key)?.isWhole) return [];
  const type = options && (options.name === 'ObjectExpression' ? optionOf(code, options, 'type') : options);
  // Bytes and streams are read one by one alone.
  if (type && /^(?:stream|arrayBuffer)$/.test(constants.text(type)?.start ?? '')) return [];
  const given = givenBy(code, call.node);
  if (!given) return [];
  const names = new Set(textOf(code, given).match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
  const isOfLoop = (textOf(code, key).match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? []).some((name) =>
    names.has(name),
  );
  const message = l10n.t('One read for each key: a list of up to 100 keys is read with one call, and counts as one.');
  return isOfLoop ? found('single-reads', call.methodAt, message) : [];
};

/** Methods that call back for each thing. */
const EACH = /^(?:map|forEach|flatMap)$/;

/** `map` of `keys.map`; empty for what is no member. */
const lastName = (code: Code, { name, lastChild }: SyntaxNode): string =>
  name === 'MemberExpression' && lastChild?.name === 'PropertyName' ? textOf(code, lastChild) : '';

/** What gives the things that a call is made for, one after the other: the head of a loop, or a callback's parameters. */
function givenBy(code: Code, call: SyntaxNode): SyntaxNode | undefined {
  for (let node = call, around = call.parent; around; node = around, around = around.parent) {
    if (around.name === 'ForStatement') {
      const spec = around.getChild('ForOfSpec') ?? around.getChild('ForInSpec');
      return spec && !isSameNode(spec, node)
        ? children(spec).find(({ name }) => /Definition$|Pattern$/.test(name))
        : undefined;
    }
    if (!isFunction(around)) continue;
    const list = around.parent;
    const callee = list?.name === 'ArgList' ? list.parent?.firstChild : undefined;
    if (!callee || !EACH.test(lastName(code, callee))) return undefined;
    return around.getChild('ParamList') ?? around.getChild('VariableDefinition') ?? undefined;
  }
  return undefined;
}

/** A list of which only the first page is used, although nothing says how many are wanted. */
const unreadPages: Rule = ({ code }, call) => {
  const [options] = call.args;
  if (call.method !== 'list' || /list_complete|cursor/.test(code.text)) return [];
  if (options && (options.name !== 'ObjectExpression' || hasSpread(options))) return [];
  if (options && properties(code, options).some(({ name }) => name === 'limit')) return [];
  const message = l10n.t('This lists the first 1,000 keys at most, and nothing here follows the cursor to the others.');
  return found('unread-pages', call.methodAt, message);
};

/** What a read gives, used as if a key were always there. */
const uncheckedNull: Rule = ({ code }, call) => {
  const [key] = call.args;
  if (call.method !== 'get' || !key || key.name === 'ArrayExpression' || call.head !== undefined) return [];
  let value = call.node;
  let isAwaited = false;
  while (value.parent && /^(?:AwaitExpression|ParenthesizedExpression|PostfixExpression)$/.test(value.parent.name)) {
    value = value.parent;
    if (value.name === 'AwaitExpression') isAwaited = true;
  }
  const { parent } = value;
  if (!isAwaited || !parent) return [];
  const message = l10n.t('The key may be missing, and get gives null for it: this then throws.');
  if (parent.name === 'MemberExpression') {
    const isUsed = parent.firstChild !== null && isSameNode(parent.firstChild, value);
    const isOptional = parent.getChild('?.') !== null;
    return isUsed && !isOptional && !MAP.test(textOf(code, parent.lastChild ?? parent))
      ? found('unchecked-null', call.methodAt, message)
      : [];
  }
  const name = parent.name === 'VariableDeclaration' ? value.prevSibling?.prevSibling : undefined;
  const variable = name?.name === 'TypeAnnotation' ? name.prevSibling : name;
  if (variable?.name !== 'VariableDefinition') return [];
  const owner = nearest(call.node, isFunction);
  const rest = owner ? code.text.slice(parent.to, owner.to) : '';
  return usesUnchecked(textOf(code, variable), rest) ? found('unchecked-null', call.methodAt, message) : [];
};

/** Of many keys a `Map` comes back. */
const MAP = /^(?:get|has|size|keys|values|entries|forEach)$/;

function usesUnchecked(name: string, rest: string): boolean {
  const v = name.replace(/\$/g, '\\$&');
  const start = '(?<![\\w$.])';
  const isTested = new RegExp(
    `!${v}\\b|${start}${v}\\s*(?:[!=]==?|\\?\\?|\\?\\.|&&|\\|\\||\\?|\\binstanceof\\b|[,)\\]};])|typeof\\s+${v}\\b`,
  ).test(rest);
  const use = new RegExp(`${start}${v}!?\\s*(?:\\.\\s*(\\w+)|\\[)`).exec(rest);
  return !isTested && use !== null && !MAP.test(use[1] ?? '');
}

/** A session, a cache entry or the like that is kept for ever. */
const noExpiration: Rule = ({ code, constants }, call) => {
  const [key, , options] = call.args;
  if (call.method !== 'put' || call.hasSpread || !key) return [];
  const name = constants.text(key)?.start ?? '';
  if (!isShortLived(name) && !(call.bindings.length > 0 && call.bindings.every(isShortLived))) return [];
  if (options && (options.name !== 'ObjectExpression' || hasSpread(options))) return [];
  if (options && properties(code, options).some((one) => /^expiration(?:Ttl)?$/.test(one.name))) return [];
  const message = l10n.t('What is written here looks short-lived, and is kept for ever: it has no expirationTtl.');
  return found('no-expiration', call.methodAt, message);
};

const LOOPS: ReadonlySet<string> = new Set(['WhileStatement', 'DoStatement', 'ForStatement']);

/** One key that a loop writes again and again. */
const repeatedPut: Rule = ({ code, constants }, call) => {
  const [key] = call.args;
  if (call.method !== 'put' || !key || !constants.text(key)?.isWhole) return [];
  const loop = nearest(call.node, (node) => LOOPS.has(node.name) || isFunction(node));
  if (!loop || isFunction(loop)) return [];
  // One that tries again, or waits in between, or ends with the write.
  if (/\bcatch\b|\bwait\b|[sS]leep|setTimeout|\bbreak\b|\breturn\b/.test(textOf(code, loop))) return [];
  const message = l10n.t('This loop writes one key again and again: KV takes one write a second for a key.');
  return found('repeated-put', call.methodAt, message);
};

const RULES: readonly Rule[] = [singleReads, unreadPages, uncheckedNull, noExpiration, repeatedPut];

/** Those that the platform calls again when they have thrown. */
const CALLED_AGAIN = /^(?:queue|alarm)$/;

/** Who catches what a write throws, or tries it again: something here, nobody, or perhaps a caller. */
function caughtBy({ code }: Analysis, { node: call }: KvCall): 'here' | 'nobody' | 'unknown' {
  for (let node = call, around = call.parent; around; node = around, around = around.parent) {
    if (around.name === 'TryStatement' && around.getChild('CatchClause')) {
      const block = around.getChild('Block');
      if (block && isSameNode(block, node)) return 'here';
    }
    if (/^(?:catch|then)$/.test(lastName(code, around))) return 'here';
    if (around.name === 'ArgList') {
      const called = around.parent?.firstChild ? lastName(code, around.parent.firstChild) : '';
      // What waits in the background fails no request.
      if (called === 'waitUntil') return 'here';
      if (isFunction(node) && !EACH.test(called)) return 'unknown';
    }
    if (!isFunction(around) || around.parent?.name === 'ArgList') continue;
    const called = handlerName(code, around);
    if (called === undefined) return 'unknown';
    return CALLED_AGAIN.test(called) ? 'here' : 'nobody';
  }
  return 'unknown';
}
