import type { ConfigOutline, OutlineEntry } from './outline.ts';

/** A binding as what is shown above it needs it. */
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
 * The bindings of a text that is being edited: while it is broken they stay as they were last, moved by the edits, so
 * that nothing above them comes, goes and makes the lines jump.
 */
export class KeptEntries {
  #entries: readonly KeptEntry[] = [];
  #isRead = false;

  get entries(): readonly KeptEntry[] {
    return this.#entries;
  }

  /**
   * What is replaced around an entry takes it along only if that is put in its place again: to be told before {@link
   * read}.
   */
  edited(changes: readonly TextChange[]): void {
    // Each of them counts from the text before all.
    const inOrder = [...changes].sort((a, b) => b.offset - a.offset);
    this.#entries = this.#entries.map((entry) => ({ ...entry, offset: inOrder.reduce(moved, entry.offset) }));
  }

  /**
   * Takes over what a text says; a broken one changes nothing, unless it is the first: then what is whole of it counts.
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

/** None for one whose name is still being typed. */
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
