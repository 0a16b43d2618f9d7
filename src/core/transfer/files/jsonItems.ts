import * as l10n from '@vscode/l10n';
import { none } from 'stream-chain/defs.js';
import { Assembler } from 'stream-json/core/assembler.js';
import { jsonParser, type Token } from 'stream-json/core/parser.js';
import { exactNumber, isJsonObject, parseMetadata } from '../../entry/metadataJson.ts';
import { MAX_DEPTH } from '../../entry/strictJson.ts';
import { MetadataTexts } from './metadataTexts.ts';
import { TextPieces } from './textPieces.ts';

/** More characters than the largest possible entry has with each byte written as `\u0000`. */
const MAX_LENGTH = 160_000_000;
/** Far more names and values than an entry can have, given that its metadata has at most 1,024 bytes. */
const MAX_PARTS = 1_000_000;
/** The parser accepts at most this many characters before it reports something invalid. */
const LOOKAHEAD = 16;

/** A value in a JSON array, or a named value in a JSON object. */
export interface JsonItem {
  readonly name?: string;
  readonly content: unknown;
}

/**
 * The text is not a JSON array or object, or it is not strict JSON; then the message says what is wrong with the item.
 */
export class NotJson extends Error {}

class ExactAssembler<T> extends Assembler<T> {
  override numberValue(source: string): void {
    // The method that stores a string works for any value.
    Reflect.apply(this.stringValue, this, [exactNumber(source)]);
  }
}

/**
 * Parses the items of a JSON array or object that comes in pieces, each like `JSON.parse`, but keeping every digit of
 * numbers and the text of the metadata, and refusing duplicate names in an object. Strings are assembled here, because
 * the library takes several times the size of a long string.
 */
export class JsonItems {
  readonly #parse = jsonParser({ streamKeys: false, packStrings: false, streamNumbers: false });
  readonly #value = new ExactAssembler<unknown[] | Record<string, unknown>>();
  readonly #text = new TextPieces();
  readonly #metadata = new MetadataTexts();
  /** The names seen in each open object, from the outermost item inwards; `undefined` for an array. */
  readonly #names: (Set<string> | undefined)[] = [];
  #isText = false;
  #name = '';
  #last = '';
  #pieces = 0;
  #items = 0;
  #length = 0;
  #parts = 0;
  #isBegun = false;
  #isBehindComma = false;
  #endsEarly = false;

  /** Whether the text so far is only white space. */
  get isEmpty(): boolean {
    return this.#last === '';
  }
  /** Whether the text starts like an array or object. */
  get isBegun(): boolean {
    return this.#isBegun;
  }
  /** The number of pieces that were pushed without a fault. */
  get pieces(): number {
    return this.#pieces;
  }
  /** The position, from 1, of the item that the text is in. The comma after an item ends it. */
  get position(): number {
    const isWithin = this.#isBetweenItems && !this.#isBehindComma && this.#items > 0;
    return isWithin ? this.#items : this.#items + 1;
  }
  /** Whether {@link end} was called before the end of the array or object. */
  get endsEarly(): boolean {
    return this.#endsEarly;
  }

  /**
   * Returns the items that end in this piece. Throws {@link NotJson}; then the items before the fault in this piece are
   * lost.
   */
  push(piece: string): readonly JsonItem[] {
    if (/[^ \t\r\n]/.test(piece)) this.#last = piece;
    this.#metadata.push(piece);
    const items = this.#read(piece);
    if (items.length > 0) this.#isBehindComma = false;
    if (this.#isBetweenItems && /,\s*[\w.+-]*$/.test(piece)) this.#isBehindComma = true;
    this.#length = items.length > 0 ? piece.length : this.#length + piece.length;
    if (this.#length > MAX_LENGTH) throw new NotJson();
    this.#items += items.length;
    this.#pieces++;
    return items;
  }

  /** Checks that the text is complete. Throws {@link NotJson}. */
  end(): void {
    // Makes the parser report a fault that it has not noticed yet, which would otherwise look like a missing end.
    if (/[\]}]\s*$/.test(this.#last)) this.#read(' '.repeat(LOOKAHEAD));
    this.#endsEarly = true;
    this.#read(none);
    this.#endsEarly = false;
  }

  get #isBetweenItems(): boolean {
    return this.#value.depth === 1 && this.#value.key === null && !this.#isText;
  }

  #read(piece: string | typeof none): JsonItem[] {
    const items: JsonItem[] = [];
    for (const token of this.#tokens(piece)) {
      const item = this.#take(token);
      if (item) items.push(item);
    }
    this.#text.settle();
    return items;
  }

  #tokens(piece: string | typeof none): readonly Token[] {
    try {
      // Its type does not include the symbol that ends the text.
      const found = this.#parse(piece as string);
      return found === none ? [] : found.values;
    } catch {
      throw new NotJson();
    }
  }

  #take(token: Token): JsonItem | undefined {
    switch (token.name) {
      case 'startString':
        this.#isText = true;
        return undefined;
      case 'stringChunk':
        this.#text.add(token.value);
        return undefined;
      case 'endString':
        return this.#put({ name: 'stringValue', value: this.#takeText() });
      default:
        this.#check(token);
        return this.#put(token);
    }
  }

  /**
   * Needed because `JSON.parse` keeps only the last of several values with the same name, and because no program can
   * handle unlimited nesting.
   */
  #check(token: Token): void {
    switch (token.name) {
      case 'startObject':
      case 'startArray':
        // The outermost array or object does not count.
        if (this.#isBegun && this.#names.push(token.name === 'startObject' ? new Set() : undefined) > MAX_DEPTH) {
          throw new NotJson(l10n.t('it is nested too deeply.'));
        }
        return;
      case 'endObject':
      case 'endArray':
        this.#names.pop();
        return;
      case 'keyValue': {
        const names = this.#names.at(-1);
        if (names?.has(token.value)) throw this.#twice(token.value);
        names?.add(token.value);
      }
    }
  }

  #twice(name: string): NotJson {
    const path = this.#value.path.slice(1).filter((step) => typeof step === 'string');
    return new NotJson(
      path.length === 0
        ? l10n.t('“{0}” comes twice.', name)
        : l10n.t('“{0}” comes twice in “{1}”.', name, path.join('.')),
    );
  }

  #takeText(): string {
    this.#isText = false;
    return this.#text.take();
  }

  #put(token: Token): JsonItem | undefined {
    if (++this.#parts > MAX_PARTS) throw new NotJson();
    const value = this.#value.consume(token);
    if (!this.#isBegun) {
      if (value.depth === 0) throw new NotJson();
      this.#isBegun = true;
      return undefined;
    }
    if (value.depth !== 1) return undefined;
    if (token.name === 'keyValue') {
      this.#name = token.value;
      return undefined;
    }
    this.#parts = 0;
    const { current } = value;
    if (Array.isArray(current)) return { content: this.#withText(current.pop()) };
    value.current = {};
    return { name: this.#name, content: this.#withText(current?.[this.#name]) };
  }

  #withText(content: unknown): unknown {
    if (!isJsonObject(content)) return content;
    const text = this.#metadata.take();
    return text === undefined ? content : { ...content, metadata: parseMetadata(text) };
  }
}
