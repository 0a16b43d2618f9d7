import type { SyntaxNode } from '@lezer/common';
import { nodeId } from './syntax.ts';

/**
 * Finds out something of nodes, once for each. Names lead to what they are set to, more than one from each, and may
 * lead back to themselves: whoever is asked while it is being found out, or too deep in, gives `nothing`.
 */
export class Once {
  /** How many names and operators may stand between what is asked for and what tells it. */
  readonly #deepest: number;
  #depth = 0;

  constructor(deepest: number) {
    this.#deepest = deepest;
  }

  of<T>(known: Map<number, T>, node: SyntaxNode, nothing: T, find: () => T): T {
    const id = nodeId(node);
    if (known.has(id)) return known.get(id) as T;
    if (this.#depth >= this.#deepest) return nothing;
    known.set(id, nothing);
    this.#depth++;
    const found = find();
    this.#depth--;
    known.set(id, found);
    return found;
  }
}
