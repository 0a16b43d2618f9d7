import type { ConfigOutline, OutlineEntry } from './outline.ts';

/** What the code lenses need to know of a binding. */
export interface KeptEntry {
  /** Where the entry starts. */
  readonly offset: number;
  readonly binding: string;
  /** Absent for the top level. */
  readonly environment?: string;
  readonly hasId: boolean;
  readonly isRemote: boolean;
}

/** A replaced part of a text. */
export interface TextChange {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/**
 * The bindings of a text that is being edited. While the text is broken, the last ones are kept and moved along with
 * the edits, so that no lens above them comes or goes and makes the lines jump.
 */
export class KeptEntries {
  #entries: readonly KeptEntry[] = [];
  #isRead = false;

  get entries(): readonly KeptEntry[] {
    return this.#entries;
  }

  /**
   * Moves the entries along with changes of the text; call this before {@link read}. An entry inside a replaced part
   * moves to the start of that part.
   */
  edited(changes: readonly TextChange[]): void {
    // All offsets refer to the text before any of the changes.
    const inOrder = [...changes].sort((a, b) => b.offset - a.offset);
    this.#entries = this.#entries.map((entry) => ({ ...entry, offset: inOrder.reduce(moved, entry.offset) }));
  }

  /**
   * Takes over the bindings of a text. A broken text changes nothing, unless it is the first one: then whatever could
   * be read counts.
   */
  read({ problem, tables }: ConfigOutline): void {
    if (problem && this.#isRead) return;
    this.#isRead = true;
    const before = new Map(this.#entries.map((entry) => [entry.offset, entry]));
    this.#entries = tables.flatMap(({ environment, entries }) =>
      entries.flatMap(
        (entry) => (entry.isDamaged ? [] : keptEntry(entry, environment)) ?? before.get(entry.span.start) ?? [],
      ),
    );
  }
}

/** None if the name is still being typed. */
function keptEntry({ span, binding, id, remote }: OutlineEntry, environment: string | undefined) {
  if (binding === undefined || binding.text === '') return undefined;
  return {
    offset: span.start,
    binding: binding.text,
    isRemote: remote,
    ...(environment !== undefined && { environment }),
    hasId: id !== undefined && id.text !== '',
  };
}

function moved(offset: number, { offset: start, length, text }: TextChange): number {
  if (offset < start || (offset === start && length > 0)) return offset;
  if (offset < start + length) return start;
  return offset + text.length - length;
}
