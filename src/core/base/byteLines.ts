import { open } from 'node:fs/promises';

const LF = 0x0a;
const LARGEST_BUFFER = 1 << 20;
const SMALLEST_BUFFER = 1 << 14;
/** The buffer grows when less than this fraction of it is free after the start of the current line. */
const LEAST_READ = 1 / 16;

/** Thrown when a line is longer than the limit of the caller. */
export class LongLine extends Error {}

/** What lines are read from. */
export interface ByteSource {
  readonly size: number;
  /** Fills a buffer from `offset` with the bytes at `position`. Resolves to the number of bytes read, 0 at the end. */
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<number>;
}

/** The lines of a file; see {@link linesOf}. */
export async function* byteLines(path: string, most?: number): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    // Files that are not regular, such as pipes, have no positions.
    const read: ByteSource['read'] = async (buffer, offset, length) =>
      (await file.read(buffer, offset, length, null)).bytesRead;
    yield* linesOf({ size, read }, most);
  } finally {
    await file.close();
  }
}

/**
 * Reads lines as bytes. Only LF ends a line: JSON may contain other line separators unescaped. All lines share one
 * buffer, so that even a huge file leaves no garbage: a line is valid only until the next one is requested. The buffer
 * grows with the longest line. Throws a {@link LongLine} if a line has more than `most` bytes.
 */
export async function* linesOf(source: ByteSource, most = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  // A small file needs only a small buffer. A file that is not regular does not report its size.
  let buffer = Buffer.allocUnsafeSlow(Math.min(LARGEST_BUFFER, Math.max(SMALLEST_BUFFER, source.size * 2)));
  let [start, end, searched, position] = [0, 0, 0, 0];
  for (;;) {
    const line = buffer.subarray(start, end);
    const length = line.indexOf(LF, searched);
    if (length >= 0) {
      yield line.subarray(0, length);
      start += length + 1;
      searched = 0;
      continue;
    }
    searched = line.length;
    if (searched > most) throw new LongLine();
    buffer.copyWithin(0, start, end);
    [start, end] = [0, line.length];
    // Unlike copying into a new buffer, this releases the old one at once.
    if (buffer.length - end < buffer.length * LEAST_READ)
      buffer = Buffer.from(buffer.buffer.transfer(buffer.length * 2));
    const read = await source.read(buffer, end, buffer.length - end, position);
    if (read === 0) break;
    end += read;
    position += read;
  }
  if (end > 0) yield buffer.subarray(0, end);
}
