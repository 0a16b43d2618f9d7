// vsce with the strongest compression, which it does not offer itself.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const zlib: { DeflateRaw: typeof import('node:zlib').DeflateRaw } = require('node:zlib');
const { DeflateRaw } = zlib;

// What its library for archives creates for each file. Smaller tables do better here than the usual ones.
zlib.DeflateRaw = class extends DeflateRaw {
  constructor() {
    super({ level: 9, memLevel: 7 });
  }
};
require(join(import.meta.dirname, '..', 'node_modules', '@vscode', 'vsce', 'vsce'));
