/**
 * A text of JSON as it stands between its quotes in the bytes of a file, in valid UTF-8. A large value never becomes a
 * string: that would leave garbage of its size, several times over. Good until the next item is read.
 */
export class LongText {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}
