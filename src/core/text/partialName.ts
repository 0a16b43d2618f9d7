import { randomBytes } from 'node:crypto';

/** How much of a name is kept. With the suffix, it stays far below the 255 bytes that file systems allow. */
const MOST_KEPT = 50;

/** A name for a file while it is being written. It begins like the final name. */
export const partialName = (name: string): string =>
  `${name.slice(0, MOST_KEPT).toWellFormed()}.${randomBytes(6).toString('hex')}.part`;
