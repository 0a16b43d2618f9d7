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

/**
 * The same for an ID that is being typed: its closing quote and bracket may still be missing. Without its quote it
 * seems to extend to the next quote, or to the end of the line, so it ends where adding a quote makes the text valid.
 */
export function idBeingTyped(path: string, text: string, offset: number, parsers: Parsers): IdAt | undefined {
  const read = (whole: string): { readonly id: IdAt | undefined; readonly isWhole: boolean } => {
    const outline = readOutline(path, whole, parsers);
    const id = idIn(outline, whole, offset);
    const isInside = id && id.span.start <= offset && offset <= id.span.end;
    return { id: isInside ? id : undefined, isWhole: outline.problem === undefined };
  };
  const { id: found, isWhole } = read(text);
  if (isWhole || !OPEN_ID.test(text.slice(0, offset))) return found;
  const end = offset + (/^[\w-]*/.exec(text.slice(offset))?.[0].length ?? 0);
  const repaired = ENDINGS.flatMap((ending) => {
    const { id, isWhole: isRight } = read(text.slice(0, end) + ending + text.slice(end));
    return id?.span.end === end ? [{ id, isRight }] : [];
  });
  const right = repaired.find(({ isRight }) => isRight);
  return right?.id ?? (found?.span.end === end ? found : (repaired[0]?.id ?? found));
}

/** The name of an ID field, and what was typed of its value. */
const OPEN_ID = /\b(?:preview_)?id["']?[ \t]*[=:][ \t]*["'][^"'\r\n]*$/;

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
