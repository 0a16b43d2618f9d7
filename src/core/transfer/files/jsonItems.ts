import * as l10n from '@vscode/l10n';
import { none } from 'stream-chain/defs.js';
import { Assembler } from 'stream-json/core/assembler.js';
import { jsonParser, type Token } from 'stream-json/core/parser.js';
import { exactNumber, isJsonObject, parseMetadata } from '../../entry/metadataJson.ts';
import { MAX_DEPTH } from '../../entry/strictJson.ts';
import { MetadataTexts } from './metadataTexts.ts';
import { TextPieces } from './textPieces.ts';

/** More characters than the largest entry has when each byte of it is written as `\u0000`. */
const MAX_LENGTH = 160_000_000;
/** Far more names and values than an entry has, whose metadata is of 1,024 bytes. */
const MAX_PARTS = 1_000_000;
/** The parser takes so many characters more at most before it refuses what it does not know. */
const LOOKAHEAD = 16;

/** A value in a JSON array, or one in an object with its name. */
export interface JsonItem {
  readonly name?: string;
  readonly content: unknown;
}

/** A text that is no JSON array or object; or strict JSON, and then the message says what is wrong with the item. */
export class NotJson extends Error {}

class ExactAssembler<T> extends Assembler<T> {
  override numberValue(source: string): void {
    // What puts a text in its place does so with any value.
    Reflect.apply(this.stringValue, this, [exactNumber(source)]);
  }
}

/**
 * The items of a JSON array or object that comes in pieces, each as `JSON.parse` would give it, but with every digit of
 * its numbers, with the text of its metadata, and with no name twice in one object. Texts are put together here: in the
 * library a long one takes several times its size.
 */
export class JsonItems {
  readonly #parse = jsonParser({ streamKeys: false, packStrings: false, streamNumbers: false });
  readonly #value = new ExactAssembler<unknown[] | Record<string, unknown>>();
  readonly #text = new TextPieces();
  readonly #metadata = new MetadataTexts();
  /** Of each object that is open, from the outermost item inwards; none for an array. */
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

  /** Whether all of it is white space so far. */
  get isEmpty(): boolean {
    return this.#last === '';
  }
  /** Whether it begins as an array or object does. */
  get isBegun(): boolean {
    return this.#isBegun;
  }
  /** How many pieces were pushed without fault. */
  get pieces(): number {
    return this.#pieces;
  }
  /** Of the item where the text is, from 1; the comma behind an item ends it. */
  get position(): number {
    const isWithin = this.#isBetweenItems && !this.#isBehindComma && this.#items > 0;
    return isWithin ? this.#items : this.#items + 1;
  }
  /** Whether {@link end} came before the end of the array or object. */
  get endsEarly(): boolean {
    return this.#endsEarly;
  }

  /** The items that end in this piece. Throws {@link NotJson}: what came before the fault in this piece is lost. */
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

  /** Checks that nothing is missing. Throws {@link NotJson}. */
  end(): void {
    // What the parser has not refused yet must not look as if it went on.
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
      // What ends the text is not in its type.
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

  /** `JSON.parse` keeps the last of the values whose name comes twice, and no program follows endless nesting. */
  #check(token: Token): void {
    switch (token.name) {
      case 'startObject':
      case 'startArray':
        // The array or object of all items does not count.
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
