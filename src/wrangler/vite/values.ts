import type { SyntaxNode } from '@lezer/common';

/** What an expression may be, as far as that is written out. */
export type Value = { readonly at: number } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'flag'; readonly isTrue: boolean }
  | { readonly kind: 'object'; readonly object: ObjectValue }
  | { readonly kind: 'list'; readonly elements: readonly Element[] }
  | { readonly kind: 'function'; readonly node: SyntaxNode }
  /** `undefined`, `null`, or nothing at all. */
  | { readonly kind: 'nothing' }
  /** A number, a class and the like: none of what a setting of ours may be. */
  | { readonly kind: 'other' }
  /** Nobody knows before it runs. */
  | { readonly kind: 'unknown' }
);

/** Gives each value that an expression may have: one, unless that depends on something. */
export type Values = () => readonly Value[];

export interface Element {
  readonly at: number;
  readonly isSpread: boolean;
  readonly values: Values;
}

/** What sets settings of an object; the later ones count. */
export type Part = { readonly at: number } & (
  | { readonly kind: 'property'; readonly name: string; readonly values: Values }
  /** All settings of another object. `mergeConfig` passes over those that are nothing. */
  | { readonly kind: 'spread' | 'merged'; readonly values: Values }
  /** A name that is computed. */
  | { readonly kind: 'computed' }
);

/** Which settings something is done to later, and where; {@link ANY} where it may be any. */
export type Changes = ReadonlyMap<string, number>;
export const ANY = '*';

export interface ObjectValue {
  readonly at: number;
  readonly parts: readonly Part[];
  readonly changes?: Changes;
}

/** `undefined` where nobody knows. */
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
