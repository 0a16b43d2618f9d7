import type { SyntaxNode } from '@lezer/common';

export const METHODS = ['get', 'getWithMetadata', 'put', 'delete', 'list'] as const;
export type Method = (typeof METHODS)[number];

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** An operator in front of a call. */
export type Head = 'await' | 'void' | 'other';

/** A call of a method of a KV namespace, without the operator that {@link head} is. */
export interface KvCall extends Range {
  readonly node: SyntaxNode;
  readonly method: Method;
  /** The name of the method, where it stands. */
  readonly methodAt: Range;
  /** The bindings that it may be called on; none where nothing says which. */
  readonly bindings: readonly string[];
  /** Without what is spread, and what comes after that: its place is not known. */
  readonly args: readonly SyntaxNode[];
  readonly hasSpread: boolean;
  readonly typeArgs: SyntaxNode | undefined;
  /** The operator in front of a receiver that has a `!` in it: for the parser it belongs to the receiver. */
  readonly head: Head | undefined;
}

/** A key or a prefix in a call. */
export interface KeyUse extends Range {
  readonly call: KvCall;
  readonly kind: 'key' | 'prefix';
  readonly node: SyntaxNode;
}

/** Where a binding is named. */
export interface BindingUse extends Range {
  readonly binding: string;
}
