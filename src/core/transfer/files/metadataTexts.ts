import { byteLength, MAX_METADATA_BYTES } from '../../entry/limits.ts';
import { TextPieces } from './textPieces.ts';

const NAME = 'metadata';
/** The length of the name with each of its characters written as `\u0000`. */
const LONGEST_NAME = NAME.length * 6;
/** The depth of an item in the outermost array or object, and that of its members. */
const ITEM = 1;
const MEMBER = 2;

const BETWEEN_TEXTS = /["{}[\]:,]/g;

/**
 * Collects the source text of each item's metadata if that is an object, array or string, because parsing loses the
 * order of names and the spelling. The text comes in pieces and is not checked, as a parser reads it too. A source
 * longer than metadata may be is not kept.
 */
export class MetadataTexts {
  /** One for each item that is an object and has ended. */
  readonly #found: (string | undefined)[] = [];
  readonly #source = new TextPieces();
  #sourceLength = 0;
  #isCollecting = false;
  /** The metadata of the current item. */
  #text: string | undefined;
  #depth = 0;
  #isObject = false;
  /** The last string among the members, as it is between its quotes. */
  #name = '';
  #isMetadata = false;
  #isText = false;
  #isEscaped = false;

  /**
   * The metadata of the next item that is an object; `undefined` if it has none, or if it is longer than metadata may
   * be.
   */
  take(): string | undefined {
    return this.#found.shift();
  }

  push(piece: string): void {
    let start = 0;
    for (let at = 0; at < piece.length; ) {
      if (this.#isText) {
        at = this.#passText(piece, at);
        if (!this.#isText) start = this.#endWithin(piece, start, at);
        continue;
      }
      BETWEEN_TEXTS.lastIndex = at;
      const found = BETWEEN_TEXTS.exec(piece);
      if (found === null) break;
      at = found.index + 1;
      const isWithin = this.#isCollecting;
      this.#step(found[0]);
      if (!isWithin) start = found.index;
      else start = this.#endWithin(piece, start, at);
    }
    if (this.#isCollecting) this.#collect(piece.slice(start));
    this.#source.settle();
  }

  /** Ends a source if its member ends there. Returns from where to collect on. */
  #endWithin(piece: string, start: number, end: number): number {
    if (!this.#isCollecting || this.#depth !== MEMBER) return start;
    this.#collect(piece.slice(start, end));
    this.#endSource();
    return end;
  }

  #step(mark: string): void {
    switch (mark) {
      case '"':
        this.#isText = true;
        this.#isEscaped = false;
        this.#name = '';
        if (this.#isMetadata && this.#depth === MEMBER) this.#isCollecting = true;
        return;
      case ':':
        if (this.#depth === MEMBER) this.#isMetadata = this.#isObject && isName(this.#name);
        return;
      case ',':
        if (this.#depth === MEMBER) this.#isMetadata = false;
        return;
      case '{':
      case '[':
        this.#depth++;
        if (this.#depth === MEMBER) {
          this.#isObject = mark === '{';
          this.#isMetadata = false;
        }
        if (this.#isMetadata) this.#isCollecting = true;
        return;
      default:
        this.#depth--;
        if (this.#depth === ITEM && this.#isObject) {
          this.#found.push(this.#text);
          this.#text = undefined;
          this.#isObject = false;
        }
    }
  }

  /** The offset after the end of the string, or the end of the piece. */
  #passText(piece: string, start: number): number {
    const quote = this.#endOfText(piece, start);
    const end = quote < 0 ? piece.length : quote;
    if (this.#depth === MEMBER && this.#name.length <= LONGEST_NAME) {
      this.#name += piece.slice(start, Math.min(end, start + LONGEST_NAME + 1));
    }
    if (quote < 0) return piece.length;
    this.#isText = false;
    return quote + 1;
  }

  /** The offset of the quote that ends the string; -1 if the string continues in the next piece. */
  #endOfText(piece: string, start: number): number {
    for (let from = start; ; ) {
      const quote = piece.indexOf('"', from);
      const isEscaped = this.#isEscapedAt(piece, start, quote < 0 ? piece.length : quote);
      if (quote < 0) this.#isEscaped = isEscaped;
      if (quote < 0 || !isEscaped) return quote;
      from = quote + 1;
    }
  }

  /** Whether an odd number of backslashes precedes an offset. */
  #isEscapedAt(piece: string, start: number, at: number): boolean {
    let first = at;
    while (first > start && piece[first - 1] === '\\') first--;
    const isOdd = (at - first) % 2 === 1;
    return first === start && this.#isEscaped ? !isOdd : isOdd;
  }

  #collect(source: string): void {
    this.#sourceLength += source.length;
    if (this.#sourceLength <= MAX_METADATA_BYTES) this.#source.add(source);
    else this.#source.take();
  }

  #endSource(): void {
    const source = withoutLines(this.#source.take());
    this.#text =
      this.#sourceLength <= MAX_METADATA_BYTES && byteLength(source) <= MAX_METADATA_BYTES ? source : undefined;
    this.#sourceLength = 0;
    this.#isCollecting = false;
    this.#isMetadata = false;
  }
}

/** Removes line breaks: they belong to the layout of the file, and cannot occur inside a JSON string. */
const withoutLines = (source: string): string => source.replace(/\s*[\r\n]\s*/g, '');

function isName(source: string): boolean {
  if (!source.includes('\\')) return source === NAME;
  try {
    return JSON.parse(`"${source}"`) === NAME;
  } catch {
    return false;
  }
}
