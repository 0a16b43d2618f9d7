import { readFile } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { realPlace } from './realPlace.ts';

/** The file system type of a folder that need not exist; `undefined` if unknown. */
export type FileSystemOf = (folder: string) => Promise<string | undefined>;

/**
 * File systems through which another system may use the same files without its locks being visible here: shares between
 * a machine and its virtual machines or containers, and mounts served by a program.
 */
const WITHOUT_LOCKS = /^(fuse(\..*)?|fuseblk|9p|virtiofs|drvfs|vboxsf|prl_fs|vmhgfs|osxfs|fakeowner|grpcfuse)$/;

/** Whether locks that others hold on files of this type of file system are certain to be visible. */
export const sharesLocks = (kind: string | undefined): boolean => kind === undefined || !WITHOUT_LOCKS.test(kind);

/** Reads Linux's table of mounts. */
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

/** Spaces and similar characters are written as octal numbers. */
const unescaped = (place: string): string =>
  place.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
