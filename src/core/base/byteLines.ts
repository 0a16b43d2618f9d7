import { open } from 'node:fs/promises';

const LF = 0x0a;
const LARGEST_BUFFER = 1 << 20;
const SMALLEST_BUFFER = 1 << 14;
/** The buffer grows where less than this part of it is free behind the beginning of a line. */
const LEAST_READ = 1 / 16;

/** A line has more bytes than anybody wants to read. */
export class LongLine extends Error {}

/** What lines are read from. */
export interface ByteSource {
  readonly size: number;
  /** Fills a buffer from `offset` on with what is at `position`; resolves to the number of bytes, 0 at the end. */
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<number>;
}

/** {@link linesOf} a file. */
export async function* byteLines(path: string, most?: number): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    // What is no regular file has no positions.
    const read: ByteSource['read'] = async (buffer, offset, length) =>
      (await file.read(buffer, offset, length, null)).bytesRead;
    yield* linesOf({ size, read }, most);
  } finally {
    await file.close();
  }
}

/**
 * Lines as bytes. Only LF ends one: JSON leaves other line separators as they are. All of them pass through one buffer,
 * so that a file of any size leaves no garbage: a line is good until the next one is asked for. Throws a
 * {@link LongLine} where one has more than `most` bytes: the buffer grows with it.
 */
export async function* linesOf(source: ByteSource, most = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  // A small file needs little; what is no regular file tells no size.
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
    // Unlike a new buffer with the old one's content, this lets go of the old one at once.
    if (buffer.length - end < buffer.length * LEAST_READ)
      buffer = Buffer.from(buffer.buffer.transfer(buffer.length * 2));
    const read = await source.read(buffer, end, buffer.length - end, position);
    if (read === 0) break;
    end += read;
    position += read;
  }
  if (end > 0) yield buffer.subarray(0, end);
}
