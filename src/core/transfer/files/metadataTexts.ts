import { byteLength, MAX_METADATA_BYTES } from '../../entry/limits.ts';
import { TextPieces } from './textPieces.ts';

const NAME = 'metadata';
/** As long as the name is when each of its characters is written as `\u0000`. */
const LONGEST_NAME = NAME.length * 6;
/** In the array or object of all items an item has this depth, and its members stand one deeper. */
const ITEM = 1;
const MEMBER = 2;

const BETWEEN_TEXTS = /["{}[\]:,]/g;

/**
 * The source of the object, array or text that each item of a JSON text has as its metadata: what a parser makes of it
 * has neither the order of its names nor its spelling. The text comes in pieces, and is not checked: that is for the
 * parser that reads it too. Of a source no more is held than metadata may have.
 */
export class MetadataTexts {
  /** Of the items that are objects and have ended. */
  readonly #found: (string | undefined)[] = [];
  readonly #source = new TextPieces();
  #sourceLength = 0;
  #isCollecting = false;
  /** Of the item that the text is in. */
  #text: string | undefined;
  #depth = 0;
  #isObject = false;
  /** The text that ended last among the members, as it stands between its quotes. */
  #name = '';
  #isMetadata = false;
  #isText = false;
  #isEscaped = false;

  /** That of the next item that is an object; `undefined` where it has none, or a longer one than metadata may be. */
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

  /** Ends a source where that is the end of the member; gives from where on more of it is to be collected. */
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

  /** The place behind the end of the text, or the end of the piece. */
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

  /** The quote that ends the text, -1 where it goes on. */
  #endOfText(piece: string, start: number): number {
    for (let from = start; ; ) {
      const quote = piece.indexOf('"', from);
      const isEscaped = this.#isEscapedAt(piece, start, quote < 0 ? piece.length : quote);
      if (quote < 0) this.#isEscaped = isEscaped;
      if (quote < 0 || !isEscaped) return quote;
      from = quote + 1;
    }
  }

  /** Whether an odd number of backslashes stands before a place. */
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

/** How a file is laid out in lines is not of its metadata; within a text of JSON no line ends. */
const withoutLines = (source: string): string => source.replace(/\s*[\r\n]\s*/g, '');

function isName(source: string): boolean {
  if (!source.includes('\\')) return source === NAME;
  try {
    return JSON.parse(`"${source}"`) === NAME;
  } catch {
    return false;
  }
}
