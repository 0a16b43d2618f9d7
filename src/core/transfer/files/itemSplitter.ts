/** What `ItemSplitter` found at the top of a JSON text. */
export interface SplitItem {
  /** Between the commas: a value, or in an object a name with its value. */
  readonly text: string;
  /** Whether a comma follows. */
  readonly isLast: boolean;
}

const OUTSIDE = /["{}[\],]/g;
const INSIDE = /["\\]/g;

/** A text that cannot be JSON; what is wrong inside of an item shows when the item is parsed. */
export class NotJson extends Error {}

/**
 * Cuts a JSON array or object that comes in pieces into its items, so that each is read by `JSON.parse`: nothing else
 * keeps every text as it is. (Parsers that work on the bytes lose a U+FEFF at the beginning of a text.)
 */
export class ItemSplitter {
  #state: 'before' | 'within' | 'after' = 'before';
  #kind: '[' | '{' = '[';
  #depth = 0;
  #isString = false;
  #isEscape = false;
  #begun: string[] = [];
  #length = 0;
  readonly #limit: number;

  /** Items are so many characters at most. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get isObject(): boolean {
    return this.#kind === '{';
  }
  get isBegun(): boolean {
    return this.#state !== 'before';
  }
  get isEnded(): boolean {
    return this.#state === 'after';
  }

  /** The items that end in this piece. Throws {@link NotJson}. */
  *push(piece: string): Generator<SplitItem> {
    let at = this.#state === 'before' ? this.#open(piece) : 0;
    let start = at;
    while (this.#state === 'within' && at < piece.length) {
      if (this.#isEscape) {
        this.#isEscape = false;
        at++;
        continue;
      }
      const pattern = this.#isString ? INSIDE : OUTSIDE;
      pattern.lastIndex = at;
      // Unlike exec, this makes no array.
      if (!pattern.test(piece)) break;
      at = pattern.lastIndex;
      if (!this.#ends(piece.charAt(at - 1))) continue;
      const text = [...this.#begun, piece.slice(start, at - 1)].join('');
      this.#begun = [];
      this.#length = 0;
      start = at;
      yield { text, isLast: this.isEnded };
    }
    if (this.isEnded) {
      if (/[^ \t\r\n]/.test(piece.slice(start))) throw new NotJson();
    } else if (this.#state === 'within') {
      this.#keep(piece.slice(start));
    }
  }

  #open(piece: string): number {
    const first = /[^ \t\r\n]/.exec(piece);
    if (first === null) return piece.length;
    if (first[0] !== '[' && first[0] !== '{') throw new NotJson();
    this.#kind = first[0];
    this.#state = 'within';
    return first.index + 1;
  }

  /** Whether this character ends an item. */
  #ends(character: string): boolean {
    switch (character) {
      case '"':
        this.#isString = !this.#isString;
        return false;
      case '\\':
        this.#isEscape = true;
        return false;
      case '{':
      case '[':
        this.#depth++;
        return false;
      case ',':
        return this.#depth === 0;
    }
    if (this.#depth-- > 0) return false;
    if (character !== (this.#kind === '[' ? ']' : '}')) throw new NotJson();
    this.#state = 'after';
    return true;
  }

  #keep(text: string): void {
    this.#length += text.length;
    if (this.#length > this.#limit) throw new NotJson();
    if (text !== '') this.#begun.push(text);
  }
}
