import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Reads, and writes at the end of, what is there: a file that got another name meanwhile is not made anew by its old one. */
export const ADDING = constants.O_RDWR | constants.O_APPEND;

/** Adds to a file that is there. Rejects with `ENOENT` when it is not. */
export async function addTo(path: string, text: string): Promise<void> {
  const file = await open(path, ADDING);
  try {
    await file.appendFile(text);
  } finally {
    await file.close();
  }
}
