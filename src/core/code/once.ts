import type { SyntaxNode } from '@lezer/common';
import { nodeId } from './syntax.ts';

/**
 * Computes something about nodes, once for each. Names lead to their values, possibly several from each, and may lead
 * back to themselves: a node that is still being computed, or that is nested too deeply, gives `nothing`.
 */
export class Once {
  /** How many names and operators may come between a node and what decides it. */
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
