import type { Span } from './configText.ts';
import { type ConfigOutline, type OutlineField, readOutline } from './outline.ts';

type Parsers = typeof import('./parsers.lazy.ts');

/** A value of `id` or `preview_id` at an offset. */
export interface IdAt {
  readonly field: 'id' | 'preview_id';
  readonly text: string;
  /** The span between its quotes. */
  readonly span: Span;
}

/** The value of `id` or `preview_id` around an offset, quotes included. */
export function idIn({ tables }: ConfigOutline, text: string, offset: number): IdAt | undefined {
  for (const { id, previewId } of tables.flatMap(({ entries }) => entries)) {
    const found = valueIn('id', id, text, offset) ?? valueIn('preview_id', previewId, text, offset);
    if (found) return found;
  }
  return undefined;
}

/** What may be missing after a value that is still being typed. */
const ENDINGS = ['"', "'", '"}', "'}", '"}]', "'}]"] as const;

/** The same for an ID that is being typed: its closing quote and bracket may still be missing. */
export function idBeingTyped(path: string, text: string, offset: number, parsers: Parsers): IdAt | undefined {
  const idAt = (whole: string) => idIn(readOutline(path, whole, parsers), whole, offset);
  const found = idAt(text);
  if (found) return found.span.start <= offset && offset <= found.span.end ? found : undefined;
  if (!/\b(?:preview_)?id["']?[ \t]*[=:][ \t]*["'][^"'\r\n]*$/.test(text.slice(0, offset))) return undefined;
  for (const ending of ENDINGS) {
    const repaired = idAt(text.slice(0, offset) + ending + text.slice(offset));
    if (repaired && repaired.span.start <= offset && repaired.span.end === offset) return repaired;
  }
  return undefined;
}

function valueIn(
  field: IdAt['field'],
  value: OutlineField | undefined,
  text: string,
  offset: number,
): IdAt | undefined {
  if (value === undefined || offset < value.span.start || offset > value.span.end) return undefined;
  const { start, end } = value.span;
  const quote = text.charAt(start);
  // TOML's multi-line strings have three quotes; no ID is written like that.
  if (text.startsWith(quote.repeat(3), start)) return undefined;
  const isClosed = end > start + 1 && text[end - 1] === quote;
  return { field, text: value.text, span: { start: start + 1, end: isClosed ? end - 1 : end } };
}
