import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/**
 * Opens an existing file for reading and appending. Does not create it, because the file may have been renamed
 * meanwhile.
 */
export const ADDING = constants.O_RDWR | constants.O_APPEND;
const LF = 0x0a;

/** Appends to an existing file that nobody is writing. Rejects with `ENOENT` if it does not exist. */
export async function addTo(path: string, text: string): Promise<void> {
  const file = await open(path, ADDING);
  try {
    await withoutHalfLine(file);
    await file.appendFile(text);
  } finally {
    await file.close();
  }
}

/** Removes an incomplete last line, which a crashed process has left. */
export async function withoutHalfLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const buffer = Buffer.alloc(1 << 16);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - buffer.length);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    const last = buffer.subarray(0, bytesRead).lastIndexOf(LF);
    if (last >= 0) {
      const whole = start + last + 1;
      if (whole < size) await file.truncate(whole);
      return;
    }
    end = start;
  }
  await file.truncate(0);
}
