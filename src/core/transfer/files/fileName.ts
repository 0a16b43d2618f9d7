import { hash } from 'node:crypto';
import { byteLength } from '../../entry/limits.ts';
import { keyToSegment } from '../../keys/keyPath.ts';
import { KeySet } from '../../keys/keySet.ts';
import { MANIFEST } from './bulkFormat.ts';

const MAX_NAME_BYTES = 255;
/** Characters that no name has on Windows, wherever they stand, and those that it cuts off at the end. */
const NOT_ON_WINDOWS = /[<>:"|?*]|[. ]$/g;
/** The beginning of a device's name, which is one with any ending (Windows file naming conventions). */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])(?= *(?:\.|$))/i;

/** Gives every key the name of a file that no other key of the same folder has, on every system the same. */
export class FileNames {
  readonly #taken = new KeySet();

  constructor() {
    this.#taken.add(fold(MANIFEST));
  }

  /** The key as a path segment, without what some system forbids, where that fits; else a hash of it. */
  next(key: string): string {
    const name = nameOf(key);
    if (byteLength(name) <= MAX_NAME_BYTES && this.#taken.add(fold(name))) return name;
    for (let hashed = hash('sha256', key, 'hex'); ; hashed = hash('sha256', hashed, 'hex')) {
      if (this.#taken.add(hashed)) return hashed;
    }
  }
}

/** Two keys never share one: `%` itself is encoded before. */
const nameOf = (key: string): string =>
  keyToSegment(key)
    .replace(NOT_ON_WINDOWS, percent)
    .replace(DEVICE, (device) => percent(device.charAt(0)) + device.slice(1));

const percent = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** File systems take names for the same that differ in case or in the composition of characters. */
const fold = (name: string): string => name.normalize('NFC').toUpperCase().toLowerCase();
