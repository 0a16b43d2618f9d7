type Edit = import('./parsers.lazy.ts').Edit;

/** A list or an object in a text, as offsets. */
export interface Container {
  /** Just after the opening bracket. */
  readonly open: number;
  /** At the closing bracket. */
  readonly close: number;
  readonly items: readonly { readonly start: number; readonly end: number }[];
}

/** The new item as text. */
export interface Item {
  /** The form among others on one line. */
  readonly inline: string;
  /** The form on lines of its own, given their indentation; the first line comes without it. */
  readonly block: (indent: string) => string;
}

export interface InsertStyle {
  readonly eol: string;
  /** One level of indentation. */
  readonly unit: string;
  /** Between a comma and an item on the same line. */
  readonly gap: string;
  /** Inside the brackets of a container that was empty. */
  readonly pad: string;
  /** Whether an empty container on one line is expanded to several lines. */
  readonly expand: boolean;
  /** Sticky: matches spaces, line breaks and comments. */
  readonly trivia: RegExp;
  /** Sticky: matches spaces and comments that start on the same line. */
  readonly restOfLine: RegExp;
}

/**
 * Edits that insert a new last item, laid out like the one before it. Nothing else changes, so every comment stays
 * where it belongs.
 */
export function insertItem(text: string, { open, close, items }: Container, item: Item, style: InsertStyle): Edit[] {
  const { eol, unit, gap, pad } = style;
  const last = items.at(-1);
  if (last === undefined) return [intoEmpty()];
  const comma = matchEnd(style.trivia, text, last.end);
  const trailing = text[comma] === ',';
  const separator = trailing ? [] : [insertion(last.end, ',')];
  const after = trailing ? comma + 1 : last.end;
  const tail = trailing ? ',' : '';
  if (!startsLine(text, last.start)) return [...separator, insertion(after, gap + item.inline + tail)];
  const indent = lineIndent(text, last.start);
  return [...separator, insertion(behind(after), eol + indent + item.block(indent) + tail)];

  function intoEmpty(): Edit {
    const content = text.slice(open, close);
    const comments = content.trim() !== '';
    const indent = lineIndent(text, open) + unit;
    if (content.includes('\n')) {
      return insertion(comments ? open + content.trimEnd().length : open, eol + indent + item.block(indent));
    }
    if (comments) return insertion(open + content.trimEnd().length, ` ${item.inline}`);
    if (content !== '') return insertion(open, content + item.inline);
    if (!style.expand) return insertion(open, pad + item.inline + pad);
    return insertion(open, eol + indent + item.block(indent) + eol + lineIndent(text, open));
  }

  /**
   * The offset after any comments that follow on the same line. Spaces before a closing bracket are left to the
   * bracket.
   */
  function behind(offset: number): number {
    const end = matchEnd(style.restOfLine, text, offset);
    const endsLine = end === text.length || text[end] === '\n' || text[end] === '\r';
    return endsLine ? end : offset + text.slice(offset, end).trimEnd().length;
  }
}

export const insertion = (offset: number, content: string): Edit => ({ offset, length: 0, content });

/** The first kind of line break in a text. */
export const lineBreakOf = (text: string): string => (/^[^\n]*\r\n/.test(text) ? '\r\n' : '\n');

/** The indentation of the line of an offset. */
export function lineIndent(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? '';
}

/** True if there is only white space before an offset on its line. */
export const startsLine = (text: string, offset: number): boolean =>
  text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset).trim() === '';

function matchEnd(sticky: RegExp, text: string, offset: number): number {
  sticky.lastIndex = offset;
  return offset + (sticky.exec(text)?.[0].length ?? 0);
}
