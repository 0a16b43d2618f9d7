import { hash } from 'node:crypto';
import { byteLength } from '../../entry/limits.ts';
import { keyToSegment } from '../../keys/keyPath.ts';
import { KeySet } from '../../keys/keySet.ts';
import { MANIFEST } from './bulkFormat.ts';

const MAX_NAME_BYTES = 255;
/** Characters and ends that no name has on Windows, and its devices, whatever their ending. */
const NOT_ON_WINDOWS = /[<>:"|?*]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** Gives every key the name of a file that no other key of the same folder has, whatever the file system. */
export class FileNames {
  readonly #taken = new KeySet();

  constructor() {
    this.#taken.add(fold(MANIFEST));
  }

  /** The key as a path segment where that can be the name of a file, else a hash of it. */
  next(key: string): string {
    const segment = keyToSegment(key);
    if (isSafe(segment) && this.#taken.add(fold(segment))) return segment;
    for (let name = hash('sha256', key, 'hex'); ; name = hash('sha256', name, 'hex')) {
      if (this.#taken.add(name)) return name;
    }
  }
}

const isSafe = (segment: string): boolean =>
  byteLength(segment) <= MAX_NAME_BYTES && !(process.platform === 'win32' && NOT_ON_WINDOWS.test(segment));

/** File systems take names for the same that differ in case or in the composition of characters. */
const fold = (name: string): string => name.normalize('NFC').toUpperCase().toLowerCase();
