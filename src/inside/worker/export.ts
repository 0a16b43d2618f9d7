import type { PageWork } from './context.ts';
import type { Pair } from './readPage.ts';
import { type Read, valuesOf } from './values.ts';

/** R2 requires parts of at least 5 MiB, and all but the last of the same size. */
const UPLOAD_PART = 8 * 1024 * 1024;

/** The name of a page's object. If the page is done again, its object replaces the first one. */
export const objectName = (folder: string, part: number, page: number): string =>
  `${folder}/${String(part).padStart(6, '0')}-${String(page).padStart(4, '0')}.ndjson`;

/** Writes the entries of a page as one object, one line each. */
export async function exportPage(page: PageWork, pairs: readonly Pair[], number: number): Promise<void> {
  const { env, params } = page;
  if (env.BUCKET === undefined || params.folder === undefined) throw new Error('This job has no bucket.');
  const object = new PartwiseObject(env.BUCKET, objectName(params.folder, params.number, number));
  try {
    for await (const read of valuesOf(page, pairs, { isExact: true })) {
      for (const piece of lineOf(read)) await object.add(piece);
      page.tally.done++;
    }
    await object.end();
  } catch (error) {
    await object.abort();
    throw error;
  }
}

/** An object that is uploaded while it is made, once it exceeds one part. */
class PartwiseObject {
  readonly #bucket: R2Bucket;
  readonly #name: string;
  readonly #parts: R2UploadedPart[] = [];
  #pieces: Uint8Array[] = [];
  #length = 0;
  #upload: R2MultipartUpload | undefined;

  constructor(bucket: R2Bucket, name: string) {
    this.#bucket = bucket;
    this.#name = name;
  }

  async add(bytes: Uint8Array): Promise<void> {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    if (this.#length < UPLOAD_PART) return;
    const pending = await this.#take();
    const upload = this.#upload ?? (await this.#bucket.createMultipartUpload(this.#name));
    this.#upload = upload;
    let sent = 0;
    for (; pending.length - sent >= UPLOAD_PART; sent += UPLOAD_PART) {
      this.#parts.push(await upload.uploadPart(this.#parts.length + 1, pending.subarray(sent, sent + UPLOAD_PART)));
    }
    this.#pieces = [pending.slice(sent)];
    this.#length = pending.length - sent;
  }

  async end(): Promise<void> {
    const pending = await this.#take();
    if (this.#upload === undefined) {
      await this.#bucket.put(this.#name, pending);
      return;
    }
    if (pending.length > 0) this.#parts.push(await this.#upload.uploadPart(this.#parts.length + 1, pending));
    await this.#upload.complete(this.#parts);
  }

  async abort(): Promise<void> {
    await this.#upload?.abort().catch(() => {});
  }

  async #take(): Promise<Uint8Array> {
    const bytes = new Uint8Array(await new Blob(this.#pieces).arrayBuffer());
    this.#pieces = [];
    this.#length = 0;
    return bytes;
  }
}

/**
 * How many bytes to convert to text at once: an isolate has 128 MB, and a value up to 25. Divisible by three because of
 * base64.
 */
const PIECE = 3 * 256 * 1024;

/** A line in the extension's own format, in pieces. A value that is not text is written as base64. */
export function* lineOf({ listed: { name, expiration }, bytes, metadata }: Read): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const isText = isUtf8(bytes);
  yield encoder.encode(`{"key":${JSON.stringify(name)},"value":"`);
  if (isText) {
    for (const text of textsOf(bytes)) yield encoder.encode(JSON.stringify(text).slice(1, -1));
  } else {
    for (const piece of piecesOf(bytes)) yield encoder.encode(base64Of(piece));
  }
  const rest = {
    ...(!isText && { base64: true }),
    ...(metadata !== null && metadata !== undefined && { metadata }),
    ...(expiration !== undefined && { expiration }),
  };
  const more = JSON.stringify(rest).slice(1, -1);
  yield encoder.encode(`"${more === '' ? '' : `,${more}`}}\n`);
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += PIECE) yield bytes.subarray(start, start + PIECE);
}

/** The text in pieces that end between two characters. Throws if it is not UTF-8. */
function* textsOf(bytes: Uint8Array): Generator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (const piece of piecesOf(bytes)) yield decoder.decode(piece, { stream: true });
  yield decoder.decode();
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    for (const _ of textsOf(bytes));
    return true;
  } catch {
    return false;
  }
}

/** Works in pieces, because a call takes a limited number of arguments. */
function base64Of(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += 8192) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(binary);
}
