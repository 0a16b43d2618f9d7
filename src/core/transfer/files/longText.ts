/**
 * The raw contents of a JSON string, between its quotes, as UTF-8 bytes. A large value never becomes a JavaScript
 * string, which would leave several times its size as garbage. Valid until the next item is read.
 */
export class LongText {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}
