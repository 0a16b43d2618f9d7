import type { SyntaxNode } from '@lezer/common';
import type { Declaration } from '../../../core/code/declarations.ts';
import { type Code, isFunction, isSameNode, members, textOf } from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';
import type { KvCall } from '../calls.ts';
import { hasSpread, optionOf } from '../objects.ts';
import { calleeOf, isWithin, lastName, usesOf } from './flow.ts';
import { handlerName } from './handlers.ts';
import { type Sources, sourcesOf } from './keySources.ts';
import type { Verdict } from './verdict.ts';

/** Methods that call back for each item. */
const EACH = /^(?:map|forEach|flatMap)$/;

/** How often a call runs with a different key each time. */
type Repeats = 'once' | 'each' | 'unknown';

/** How many levels of callers to follow. */
const DEEPEST = 3;

/** Whether a read is one of many reads of single keys, although one call can read up to a hundred keys. */
export function singleReads(analysis: Analysis, call: KvCall): Verdict {
  const [key, options] = call.args;
  if (!key) return 'unknown';
  if (key.name === 'ArrayExpression') return 'good';
  const type = typeOf(analysis, options);
  // Bytes and streams can only be read one key at a time.
  if (type === 'bytes') return 'good';
  const row = type === 'text' ? inARow(analysis, call) : 'good';
  if (row !== 'good' || analysis.constants.text(key)?.isWhole) return row;
  const repeats = new Repeating(analysis).of(call.node, [key]);
  if (repeats !== 'each') return repeats === 'once' ? 'good' : 'unknown';
  return type === 'text' && !call.hasSpread && !mayBeList(analysis, key) ? 'bad' : 'unknown';
}

/** This many reads of single keys are one bulk read. */
const MANY = 3;

/** Whether a read begins a row of reads that one call could make. */
function inARow({ code, calls, constants }: Analysis, call: KvCall): Verdict {
  const [statement, about] = [statementOf(call.node), aboutOf(code, call)];
  const list = statement?.parent;
  if (!statement || !list) return 'good';
  const row = calls.flatMap((one) => {
    const [key] = one.args;
    const at = isWithin(one.node, list) && aboutOf(code, one) === about && key ? statementOf(one.node) : undefined;
    return key && at?.parent && isSameNode(at.parent, list) ? [{ one, key, at }] : [];
  });
  const keys = row.filter(
    ({ key }, index) => row.findIndex((other) => textOf(code, other.key) === textOf(code, key)) === index,
  );
  const [first] = row;
  const last = row.at(-1);
  if (keys.length < MANY || !first || !last || first.one !== call) return 'good';
  // Others may be made of what was read before.
  const isWhole = keys.every(({ key }) => constants.text(key)?.isWhole);
  let between: SyntaxNode | null = statement;
  while (between && between.to < last.at.to && STRAIGHT.test(between.name)) between = between.nextSibling;
  return isWhole && between !== null && between.to >= last.at.to ? 'bad' : 'unknown';
}

/** Everything of a read but its key: one call can only read what has this in common. */
const aboutOf = ({ text }: Code, { node, method, methodAt, args: [key] }: KvCall): string =>
  `${method} ${text.slice(node.from, methodAt.from)} ${key ? text.slice(key.to, node.to) : ''}`;

/** Statements after which the next one follows. */
const STRAIGHT = /^(?:(?:Expression|Empty)Statement|(?:Variable|Function|Class)Declaration|(?:Line|Block)Comment)$/;

/** The statement of a block that a call is in, if it runs whenever the statement does. */
function statementOf(call: SyntaxNode): SyntaxNode | undefined {
  for (let node = call; node.parent; node = node.parent) {
    const { parent } = node;
    if (/^(?:Block|Script)$/.test(parent.name))
      return /^(?:(?:Expression|Return)Statement|VariableDeclaration)$/.test(node.name) ? node : undefined;
    const isFirst = parent.firstChild !== null && isSameNode(parent.firstChild, node);
    const isChoice = parent.name === 'ConditionalExpression' || parent.firstChild?.nextSibling?.name === 'LogicOp';
    if (isFunction(node) || (isChoice && !isFirst)) return undefined;
  }
  return undefined;
}

function typeOf({ code, constants }: Analysis, options: SyntaxNode | undefined): 'text' | 'bytes' | 'unknown' {
  if (!options) return 'text';
  const given = constants.constant(options) ?? options;
  const isObject = given.name === 'ObjectExpression';
  if (isObject && hasSpread(given)) return 'unknown';
  const type = isObject ? optionOf(code, given, 'type') : given;
  if (!type) return 'text';
  const text = constants.text(type);
  if (!text?.isWhole) return 'unknown';
  return /^(?:stream|arrayBuffer)$/.test(text.start) ? 'bytes' : 'text';
}

/** Whether a key may be a list of keys, judging by its name; the read then covers a part of a larger list. */
const mayBeList = ({ code }: Analysis, key: SyntaxNode): boolean =>
  key.name === 'VariableName' && /(?:batch|chunk|group|page|part|slice|[^s]s)$/i.test(textOf(code, key));

/** Methods of a router whose callbacks run for each request: `app.get('/:id', …)`. */
const ROUTES = /^(?:all|any|delete|get|on|options|patch|post|put|use)$/;
/** Handlers that Pages calls. */
const PAGES = /^onRequest(?:Get|Post|Put|Patch|Delete|Options|Head)?$/;

class Repeating {
  readonly #analysis: Analysis;

  constructor(analysis: Analysis) {
    this.#analysis = analysis;
  }

  /** For a call with these expressions: the nearest thing that repeats it counts. */
  of(call: SyntaxNode, expressions: readonly SyntaxNode[], depth = 0): Repeats {
    const sources = sourcesOf(this.#analysis, expressions);
    for (let node = call, around = call.parent; around; node = around, around = around.parent) {
      const repeats = isFunction(around)
        ? this.#ofFunction(around, sources, depth)
        : isLoop(around) && isRepeated(around, node)
          ? this.#ofLoop(around, sources)
          : undefined;
      if (repeats !== undefined) return repeats;
    }
    return 'once';
  }

  #ofLoop(loop: SyntaxNode, sources: Sources): Repeats | undefined {
    const { code } = this.#analysis;
    const spec = specOf(loop);
    const isInside = (node: SyntaxNode): boolean => isWithin(node, loop);
    // Keys that arrive over time cannot be read at once.
    const isSlow = loop.getChild('await') !== null || sources.awaited.some(isInside);
    if (spec && sources.declarations.some(({ node }) => isWithin(node, spec))) return isSlow ? 'unknown' : 'each';
    if (sources.taken.some(isInside)) {
      // Keys that are added meanwhile may depend on what was read.
      return isSlow || /\.\s*(?:push|unshift)\s*\(/.test(textOf(code, loop)) ? 'unknown' : 'each';
    }
    if (sources.varying.some(isInside)) return 'unknown';
    const changes = sources.declarations.flatMap((declared) => this.#changesIn(loop, declared));
    if (changes.length > 0) return changes.every((one) => one === 'step') ? 'each' : 'unknown';
    return undefined;
  }

  /** How a loop changes a variable. A variable declared in the loop depends on what its value is made of. */
  #changesIn(loop: SyntaxNode, { node, kind, value, isConstant }: Declaration): readonly ('step' | 'other')[] {
    if (isConstant || (kind !== 'variable' && kind !== 'parameter')) return [];
    if (isWithin(node, loop) && kind === 'variable' && !value) return ['other'];
    const uses = usesOf(this.#analysis, node);
    if (!uses) return ['other'];
    return uses
      .filter((use) => isWithin(use, loop))
      .flatMap((use) => {
        const { parent } = use;
        const isTarget = parent?.firstChild ? isSameNode(parent.firstChild, use) : false;
        const [first, last] = [parent?.firstChild, parent?.lastChild].map((one) =>
          one ? textOf(this.#analysis.code, one) : '',
        );
        if (parent?.name === 'PostfixExpression') return last === '!' ? [] : ['step' as const];
        if (parent?.name === 'UnaryExpression') return first === '++' || first === '--' ? ['step' as const] : [];
        if (parent?.name !== 'AssignmentExpression' || !isTarget) return [];
        return parent.getChild('UpdateOp') ? ['step' as const] : ['other' as const];
      });
  }

  #ofFunction(node: SyntaxNode, sources: Sources, depth: number): Repeats | undefined {
    const { code } = this.#analysis;
    const given = sources.declarations.filter(({ parameter }) => parameter && isSameNode(parameter.of, node));
    const isInside = (one: SyntaxNode): boolean => isWithin(one, node);
    const isOpen = [...sources.varying, ...sources.taken, ...sources.awaited].some(isInside);
    const list = node.parent?.name === 'ArgList' ? node.parent : undefined;
    const callee = list && calleeOf(list);
    if (list && callee) {
      const name = lastName(code, callee);
      if (EACH.test(name)) {
        if (given.length > 0) return sources.awaited.some(isInside) ? 'unknown' : 'each';
        return isOpen ? 'unknown' : undefined;
      }
      const [first] = members(list);
      if (ROUTES.test(name) && first && /String$/.test(first.name)) return 'once';
      return given.length > 0 ? 'unknown' : undefined;
    }
    // A function that is called right where it is defined.
    if (node.parent?.name === 'ParenthesizedExpression' && node.parent.parent?.name === 'CallExpression')
      return given.length > 0 ? 'unknown' : undefined;
    if (handlerName(code, node) !== undefined) return 'once';
    const definition = nameOf(node);
    if (definition && PAGES.test(textOf(code, definition))) return 'once';
    if (given.length === 0 && !isOpen) return undefined;
    return isOpen || !definition || depth >= DEEPEST ? 'unknown' : this.#ofCallers(definition, given, depth);
  }

  /** For a function that this file calls by name: how often its callers run. */
  #ofCallers(definition: SyntaxNode, given: readonly Declaration[], depth: number): Repeats {
    const uses = usesOf(this.#analysis, definition) ?? [];
    const repeats = uses.map((use): Repeats => {
      const call = use.parent?.name === 'CallExpression' && calleeIs(use.parent, use) ? use.parent : undefined;
      const list = call?.getChild('ArgList');
      if (!call || !list || list.getChild('Spread')) return 'unknown';
      const args = members(list);
      const keys = given.flatMap(({ parameter }) => args[parameter?.index ?? -1] ?? []);
      return keys.length < given.length ? 'unknown' : this.of(call, keys, depth + 1);
    });
    if (repeats.includes('each')) return 'each';
    return repeats.length === 0 || repeats.includes('unknown') ? 'unknown' : 'once';
  }
}

const isLoop = ({ name }: SyntaxNode): boolean => /^(?:For|While|Do)Statement$/.test(name);

const specOf = (loop: SyntaxNode): SyntaxNode | undefined =>
  loop.getChild('ForOfSpec') ?? loop.getChild('ForInSpec') ?? loop.getChild('ForSpec') ?? undefined;

/** The thing that a loop iterates over is evaluated only once. */
const isRepeated = (loop: SyntaxNode, part: SyntaxNode): boolean => {
  const spec = specOf(loop);
  return !spec || spec.name === 'ForSpec' || !isSameNode(spec, part);
};

const calleeIs = ({ firstChild }: SyntaxNode, use: SyntaxNode): boolean =>
  firstChild !== null && isSameNode(firstChild, use);

/** The name under which a function is declared. */
function nameOf(node: SyntaxNode): SyntaxNode | undefined {
  if (node.name === 'FunctionDeclaration') return node.getChild('VariableDefinition') ?? undefined;
  if (node.parent?.name !== 'VariableDeclaration') return undefined;
  const before = node.prevSibling?.prevSibling;
  const name = before?.name === 'TypeAnnotation' ? before.prevSibling : before;
  return name?.name === 'VariableDefinition' ? name : undefined;
}
