import { open } from 'node:fs/promises';

const LF = 0x0a;
const BUFFER = 1 << 20;
/** The buffer grows where less than this is free behind the beginning of a line. */
const LEAST_READ = 1 << 16;

/** A line has more bytes than anybody wants to read. */
export class LongLine extends Error {}

/**
 * The lines of a file as bytes. Only LF ends one: JSON leaves other line separators as they are. All of them pass
 * through one buffer, so that a file of any size leaves no garbage: a line is good until the next one is asked for.
 * Throws a {@link LongLine} where one has more than `most` bytes: the buffer grows with it.
 */
export async function* byteLines(path: string, most = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    let buffer = Buffer.allocUnsafeSlow(BUFFER);
    let [start, end, searched] = [0, 0, 0];
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
      if (buffer.length - end < LEAST_READ) buffer = Buffer.from(buffer.buffer.transfer(buffer.length * 2));
      const { bytesRead } = await file.read(buffer, end, buffer.length - end, null);
      if (bytesRead === 0) break;
      end += bytesRead;
    }
    if (end > 0) yield buffer.subarray(0, end);
  } finally {
    await file.close();
  }
}
