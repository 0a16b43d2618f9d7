import type { SyntaxNode } from '@lezer/common';
import type { ViteHint } from '../viteProjects.ts';
import { agreed, type Reading } from './agreed.ts';
import type { Evaluator } from './evaluator.ts';
import { argumentsOf } from './functions.ts';
import type { Setting } from './settings.ts';
import type { Element, Value } from './values.ts';

/** Where the data is kept: in the usual place, in this folder, or not at all. */
export type Kept = 'usual' | { readonly path: string } | { readonly about: ViteHint['about'] };

/** A list of more Workers than this counts as unknown. */
const MOST_WORKERS = 200;
/** How deeply spread lists may be nested. */
const DEEPEST = 200;

type Workers = readonly Reading<string>[];

/** Reads the options that are passed to the plugin. */
export class PluginOptions {
  readonly #evaluator: Evaluator;
  /** The Workers in each list, by its elements. */
  readonly #known = new WeakMap<readonly Element[], { readonly workers: Workers | undefined }>();
  #depth = 0;

  constructor(evaluator: Evaluator) {
    this.#evaluator = evaluator;
  }

  /** The possible values of one option of a call. */
  #settings(call: SyntaxNode, name: string): readonly Setting[] {
    const given = argumentsOf(call);
    const [first] = given ?? [];
    const at = call.from;
    if (!first) return [given ? { at } : { at, value: { kind: 'unknown', at } }];
    return this.#evaluator.values(first).flatMap((value) => this.#in(value, name, first.from));
  }

  #in(value: Value, name: string, at: number): readonly Setting[] {
    if (value.kind === 'object') return this.#evaluator.settings.of(value.object, name);
    return [value.kind === 'unknown' ? { at, value } : { at }];
  }

  /** The path of the app's own config; empty if none is named. */
  own(call: SyntaxNode): Reading<string> {
    return one(this.#settings(call, 'configPath').map(pathOf));
  }

  auxiliary(call: SyntaxNode): Workers {
    const settings = this.#settings(call, 'auxiliaryWorkers');
    const { is, oddAt } = agreed(settings.map(({ at, value }) => ({ at, is: this.#workers(value) })));
    return oddAt === undefined ? (is ?? []) : [{ at: oddAt, is: undefined }];
  }

  /** The paths of the configs in a list of Workers; `undefined` if the value is not a known list. */
  #workers(value: Value | undefined): Workers | undefined {
    if (value === undefined || value.kind === 'nothing') return [];
    if (value.kind !== 'list') return undefined;
    const { elements } = value;
    const known = this.#known.get(elements);
    if (known || this.#depth >= DEEPEST) return known?.workers;
    // For a list that spreads itself.
    this.#known.set(elements, { workers: undefined });
    this.#depth++;
    const all = elements.flatMap((element) => this.#worker(element));
    this.#depth--;
    const workers = all.length > MOST_WORKERS ? undefined : all;
    this.#known.set(elements, { workers });
    return workers;
  }

  #worker({ at, isSpread, values }: Element): Workers {
    if (!isSpread) {
      return [one(values().flatMap((value) => this.#in(value, 'configPath', at).map(pathOf)))];
    }
    const { is, oddAt } = agreed(values().map((value) => ({ at, is: this.#workers(value) })));
    return oddAt === undefined ? (is ?? []) : [{ at: oddAt, is: undefined }];
  }

  kept(calls: readonly SyntaxNode[]): Reading<Kept> {
    const settings = calls.flatMap((call) => this.#settings(call, 'persistState'));
    if (calls.length === 0) return { at: 0, is: 'usual' };
    return one(settings.map(({ at, value }) => ({ at, is: this.#place(value) })));
  }

  #place(value: Value | undefined): Kept | undefined {
    switch (value?.kind) {
      case undefined:
      case 'nothing':
        return 'usual';
      case 'flag':
        return value.isTrue ? 'usual' : { about: 'notKept' };
      case 'object': {
        const { is } = one(this.#in(value, 'path', value.at).map(pathOf));
        return is ? { path: is } : undefined;
      }
      default:
        return undefined;
    }
  }
}

function one<T>(readings: readonly Reading<T>[]): Reading<T> {
  const { is, oddAt } = agreed(readings);
  return { at: oddAt ?? readings[0]?.at ?? 0, is: oddAt === undefined ? is : undefined };
}

/** The path in a setting; empty if it is not set. */
export function pathOf({ at, value }: Setting): Reading<string> {
  if (value === undefined || value.kind === 'nothing') return { at, is: '' };
  return { at, is: value.kind === 'text' ? value.text : undefined };
}
