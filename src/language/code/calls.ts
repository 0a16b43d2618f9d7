import type { SyntaxNode } from '@lezer/common';

export const METHODS = ['get', 'getWithMetadata', 'put', 'delete', 'list'] as const;
export type Method = (typeof METHODS)[number];

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The operator before a call. */
export type Head = 'await' | 'void' | 'other';

/** A call of a method of a KV namespace, without the operator in {@link head}. */
export interface KvCall extends Range {
  readonly node: SyntaxNode;
  readonly method: Method;
  /** Where the name of the method is. */
  readonly methodAt: Range;
  /** The bindings on which it may be called; empty if unknown. */
  readonly bindings: readonly string[];
  /** The arguments before the first spread; the positions of later ones are unknown. */
  readonly args: readonly SyntaxNode[];
  readonly hasSpread: boolean;
  readonly typeArgs: SyntaxNode | undefined;
  /** The operator before a receiver with a `!` in it, which the parser treats as part of the receiver. */
  readonly head: Head | undefined;
}

/** A key or a prefix in a call. */
export interface KeyUse extends Range {
  readonly call: KvCall;
  readonly kind: 'key' | 'prefix';
  readonly node: SyntaxNode;
}

/** A place that names a binding. */
export interface BindingUse extends Range {
  readonly binding: string;
}
