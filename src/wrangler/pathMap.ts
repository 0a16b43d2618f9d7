import type { ConfigPath } from './configText.ts';

/** Values by place in a config. */
export class PathMap<V> {
  #steps: Map<string | number, PathMap<V>> | undefined;
  /** The value at the place itself. */
  value: V | undefined;

  /** The part one step below; created if missing. */
  below(step: string | number): PathMap<V> {
    this.#steps ??= new Map();
    const known = this.#steps.get(step);
    if (known !== undefined) return known;
    const made = new PathMap<V>();
    this.#steps.set(step, made);
    return made;
  }

  /** The part at a place; created if missing. */
  at(path: ConfigPath): PathMap<V> {
    let part: PathMap<V> = this;
    for (const step of path) part = part.below(step);
    return part;
  }

  get(path: ConfigPath): V | undefined {
    let part: PathMap<V> = this;
    for (const step of path) {
      const below = part.#steps?.get(step);
      if (below === undefined) return undefined;
      part = below;
    }
    return part.value;
  }
}
