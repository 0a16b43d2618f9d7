import type { SyntaxNode } from '@lezer/common';

/** A possible value of an expression. */
export type Value = { readonly at: number } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'flag'; readonly isTrue: boolean }
  | { readonly kind: 'object'; readonly object: ObjectValue }
  | { readonly kind: 'list'; readonly elements: readonly Element[] }
  | { readonly kind: 'function'; readonly node: SyntaxNode }
  /** `undefined`, `null`, or nothing at all. */
  | { readonly kind: 'nothing' }
  /** A number, a class and so on, which no setting of interest accepts. */
  | { readonly kind: 'other' }
  /** Only known once the code runs. */
  | { readonly kind: 'unknown' }
);

/** An expression or setting with more possible values than this counts as unknown. */
export const MOST_VALUES = 64;

/** Returns all possible values of an expression. There are several if they depend on something. */
export type Values = () => readonly Value[];

export interface Element {
  readonly at: number;
  readonly isSpread: boolean;
  readonly values: Values;
}

/** A part of an object that sets one or more settings. Later parts override earlier ones. */
export type Part = { readonly at: number } & (
  | { readonly kind: 'property'; readonly name: string; readonly values: Values }
  /** All settings of another object. `merged` is for `mergeConfig`, which skips null and undefined values. */
  | { readonly kind: 'spread' | 'merged'; readonly values: Values }
  /** A property with a computed name. */
  | { readonly kind: 'computed' }
);

/** The settings that are changed later, each with the place of a change; {@link ANY} if it may be any setting. */
export type Changes = ReadonlyMap<string, number>;
export const ANY = '*';

export interface ObjectValue {
  readonly at: number;
  readonly parts: readonly Part[];
  readonly changes?: Changes;
}

/** `undefined` if that is unknown. */
export function isTruthy(value: Value): boolean | undefined {
  switch (value.kind) {
    case 'text':
      return value.text !== '';
    case 'flag':
      return value.isTrue;
    case 'nothing':
      return false;
    case 'object':
    case 'list':
    case 'function':
      return true;
    case 'other':
    case 'unknown':
      return undefined;
  }
}
