/** An item of a bulk file before it is parsed. */
export interface RawItem {
  /** Counts from 1. */
  readonly position: number;
  /** The item's name, if the file is an object: `{ "key": … }`. */
  readonly name?: string;
  readonly content: unknown;
}
