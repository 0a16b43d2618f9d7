declare const RAW: unique symbol;

/**
 * A JSON number that a double cannot hold or that JavaScript would write differently (`1.10`), or metadata that is a
 * string which JavaScript would write differently (`"\u0061"`). `JSON.stringify` writes it character for character.
 * Only `metadataJson.ts` creates these.
 */
export interface RawScalar {
  /** The source text in the JSON. */
  readonly rawJSON: string;
  readonly [RAW]: true;
}

/** Any JSON value. As metadata, a top-level `null` means "none", while `0`, `false`, `""` and `{}` are metadata. */
export type JsonValue =
  | null
  | boolean
  | number
  | RawScalar
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** What a listing says about a key. */
export interface KvKeyInfo {
  readonly name: string;
  readonly metadata?: JsonValue;
  /** Unix seconds; absent means the key never expires. */
  readonly expiration?: number;
}

/** A whole entry: value, metadata and expiration always stay together. */
export interface KvEntry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly metadata?: JsonValue;
  /** Unix seconds; absent means the key never expires. */
  readonly expiration?: number;
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Metadata as it is stored: `undefined` for none, which a top-level `null` also means. */
export const presentMetadata = (metadata: JsonValue | undefined): Exclude<JsonValue, null> | undefined =>
  metadata === null ? undefined : metadata;

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && Buffer.compare(a, b) === 0;
