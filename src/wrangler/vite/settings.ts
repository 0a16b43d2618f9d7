import type { Steps } from './steps.ts';
import { ANY, MOST_VALUES, type ObjectValue, type Value } from './values.ts';

/** How deeply spread objects may be nested. */
const DEEPEST = 200;

/** One possible value of a setting; without `value` if it is not set. */
export interface Setting {
  readonly at: number;
  readonly value?: Value;
}

/** Finds the possible values of settings in objects, and remembers them. */
export class Settings {
  readonly #known = new WeakMap<ObjectValue, Map<string, readonly Setting[]>>();
  readonly #steps: Steps;
  #depth = 0;

  constructor(steps: Steps) {
    this.#steps = steps;
  }

  of(object: ObjectValue, name: string): readonly Setting[] {
    const known = this.#known.get(object) ?? new Map<string, readonly Setting[]>();
    this.#known.set(object, known);
    const unknown = unknownAt(object.at);
    const found = known.get(name);
    if (found || this.#depth >= DEEPEST) return found ?? unknown;
    // For an object that spreads itself.
    known.set(name, unknown);
    this.#depth++;
    const changedAt = object.changes?.get(name) ?? object.changes?.get(ANY);
    const possible = changedAt === undefined ? this.#find(object, name) : unknownAt(changedAt);
    this.#depth--;
    const all = possible.length <= MOST_VALUES && this.#steps.take(possible.length) ? possible : unknown;
    known.set(name, all);
    return all;
  }

  #find({ at, parts }: ObjectValue, name: string): readonly Setting[] {
    const found: Setting[] = [];
    for (const part of parts.toReversed()) {
      if (part.kind === 'computed') return [...found, ...unknownAt(part.at)];
      if (part.kind === 'property') {
        if (part.name !== name) continue;
        return [...found, ...part.values().map((value) => ({ at: part.at, value }))];
      }
      const all = part.values().flatMap((value) => this.#taken(value, name, part.at));
      const isSet = ({ value }: Setting): boolean =>
        value !== undefined && (part.kind === 'spread' || value.kind !== 'nothing');
      found.push(...all.filter(isSet));
      if (all.every(isSet)) return found;
    }
    return [...found, { at }];
  }

  /** What spreading this value sets the setting to. */
  #taken(value: Value, name: string, at: number): readonly Setting[] {
    if (value.kind === 'object') return this.of(value.object, name);
    return value.kind === 'unknown' ? [{ at, value }] : [{ at }];
  }
}

const unknownAt = (at: number): readonly Setting[] => [{ at, value: { kind: 'unknown', at } }];
