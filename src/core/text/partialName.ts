import { randomBytes } from 'node:crypto';

/** So much of a name is kept: with what is added it stays far below the 255 bytes that a file system takes. */
const MOST_KEPT = 50;

/** The name of a file for as long as it is not whole: it begins like the one that it gets in the end. */
export const partialName = (name: string): string =>
  `${name.slice(0, MOST_KEPT).toWellFormed()}.${randomBytes(6).toString('hex')}.part`;
