import { hash } from 'node:crypto';
import { byteLength } from '../../entry/limits.ts';
import { keyToSegment } from '../../keys/keyPath.ts';
import { KeySet } from '../../keys/keySet.ts';
import { MANIFEST } from './bulkFormat.ts';

const MAX_NAME_BYTES = 255;
/** Characters that Windows does not allow anywhere in a name, and those that it removes from the end. */
const NOT_ON_WINDOWS = /[<>:"|?*]|[. ]$/g;
/** The start of a name that Windows reserves for a device, with any extension (Windows file naming conventions). */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])(?= *(?:\.|$))/i;

/** Gives every key a file name that is unique in its folder. The names are the same on every system. */
export class FileNames {
  readonly #taken = new KeySet();

  constructor() {
    this.#taken.add(fold(MANIFEST));
  }

  /**
   * The key as a path segment without characters that some system forbids, if that fits; otherwise a hash of the key.
   */
  next(key: string): string {
    const name = nameOf(key);
    if (byteLength(name) <= MAX_NAME_BYTES && this.#taken.add(fold(name))) return name;
    for (let hashed = hash('sha256', key, 'hex'); ; hashed = hash('sha256', hashed, 'hex')) {
      if (this.#taken.add(hashed)) return hashed;
    }
  }
}

/** Two keys never get the same name, because `%` itself is encoded first. */
const nameOf = (key: string): string =>
  keyToSegment(key)
    .replace(NOT_ON_WINDOWS, percent)
    .replace(DEVICE, (device) => percent(device.charAt(0)) + device.slice(1));

const percent = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** Some file systems treat names as equal that differ only in case or in the composition of characters. */
const fold = (name: string): string => name.normalize('NFC').toUpperCase().toLowerCase();
