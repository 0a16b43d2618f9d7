/** One item of a bulk file, as it stands there. */
export interface RawItem {
  /** From 1. */
  readonly position: number;
  /** What the item is called where it stands in an object: `{ "key": … }`. */
  readonly name?: string;
  readonly content: unknown;
}
