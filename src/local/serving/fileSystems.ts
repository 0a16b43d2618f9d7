import { readFile } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { realPlace } from './realPlace.ts';

/** The kind of the file system of a folder that need not exist; `undefined` where it cannot be told. */
export type FileSystemOf = (folder: string) => Promise<string | undefined>;

/**
 * File systems behind which another system may use the same files, whose locks are not seen here: shares between a
 * machine and its virtual machines or containers, and what is mounted through a program.
 */
const WITHOUT_LOCKS = /^(fuse(\..*)?|fuseblk|9p|virtiofs|drvfs|vboxsf|prl_fs|vmhgfs|osxfs|fakeowner|grpcfuse)$/;

/** Whether the locks that a program behind this file system holds are certain to be seen. */
export const sharesLocks = (kind: string | undefined): boolean => kind === undefined || !WITHOUT_LOCKS.test(kind);

/** By Linux's table of mounts. */
export const linuxFileSystem =
  (table = '/proc/self/mounts'): FileSystemOf =>
  async (folder) => {
    const text = await readFile(table, 'utf8').catch(() => '');
    const kinds = new Map<string, string>();
    for (const line of text.split('\n')) {
      const [, place, kind] = line.split(' ');
      // A later mount hides an earlier one at the same place.
      if (place !== undefined && kind !== undefined) kinds.set(unescaped(place), kind);
    }
    for (let path = await realPlace(folder); ; path = dirname(path)) {
      const kind = kinds.get(path);
      if (kind !== undefined || path === sep || path === dirname(path)) return kind;
    }
  };

export const unknownFileSystem: FileSystemOf = async () => undefined;

/** Blanks and the like are written as octal numbers. */
const unescaped = (place: string): string =>
  place.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
