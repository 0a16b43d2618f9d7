import type { SyntaxNode } from '@lezer/common';
import { type Code as Source, textOf } from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';
import type { KvCall, Range } from '../calls.ts';

/**
 * All codes, in the order of the documentation. They are also the names in the setting `cloudflareKv.code.diagnostics`.
 */
export const CODES = [
  'expiration-ttl',
  'expiration',
  'cache-ttl',
  'floating-put',
  'no-await',
  'json-type',
  'value-type',
  'bulk-type',
  'bulk-count',
  'key',
  'option',
  'value',
  'key-list',
  'options',
  'list-limit',
  'list-complete',
] as const;
export type Code = (typeof CODES)[number];

export interface Edit extends Range {
  readonly text: string;
}

export interface Fix {
  /** In the imperative, as shown in a menu. */
  readonly title: string;
  readonly edits: readonly Edit[];
  /** It is right only if the author meant one of several things, so it is not applied unasked. */
  readonly isGuess?: true;
}

/** Something that KV certainly forbids, or that silently does something other than it seems to. */
export interface Finding extends Range {
  readonly code: Code;
  readonly message: string;
  readonly fixes: readonly Fix[];
  /** Where the text or number is written: in the `const` that it names, or at the same place. */
  readonly written?: Range;
}

/** What the rules are given about a file. */
export interface Checked {
  readonly analysis: Analysis;
  /** If true, TypeScript reports what the types of KV forbid, so these rules do not. */
  readonly isTyped: boolean;
  /** Unix seconds. */
  readonly now: number;
}

export type Rule = (call: KvCall, checked: Checked) => readonly Finding[];

/** Where the text or number of an expression is written. */
export function writtenAt(constants: Analysis['constants'], node: SyntaxNode): Range {
  const { from, to } = constants.origin(node);
  return { from, to };
}

/** Gives an expression another text. `{ limit }` keeps the name of its property. */
export function edited(code: Source, node: SyntaxNode, text: string): Edit {
  const isShort = node.name === 'PropertyDefinition';
  return { from: node.from, to: node.to, text: isShort ? `${textOf(code, node)}: ${text}` : text };
}
