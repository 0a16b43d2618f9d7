import { isUtf8 } from 'node:buffer';
import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';

/** Why opening and saving a value in a text editor would change it. */
export type TextDamage = 'binary' | 'notUtf8' | 'mixedLineEndings' | 'loneCr';

/**
 * VS Code treats a file as binary if it has a zero byte among this many first bytes
 * (`workbench/services/textfile/common/encoding.ts`).
 */
const BINARY_WINDOW = 512;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Why VS Code would not give these bytes back unchanged; `undefined` if it would. VS Code decodes them as UTF-8 and
 * changes all line endings to the more frequent kind (`pieceTreeTextBufferBuilder.ts`); a byte order mark and U+2028
 * stay. Works on the bytes: 25 MiB take some hundredths of a second.
 */
export function textDamage(bytes: Uint8Array): TextDamage | undefined {
  if (bytes.subarray(0, BINARY_WINDOW).includes(0)) return 'binary';
  if (!isUtf8(bytes)) return 'notUtf8';
  if (!bytes.includes(CR)) return undefined;
  let crlf = 0;
  let lf = 0;
  for (let index = 0; index < bytes.length; index++) {
    if (bytes[index] === CR) {
      if (bytes[index + 1] !== LF) return 'loneCr';
      crlf++;
      index++;
    } else if (bytes[index] === LF) {
      lf++;
    }
  }
  return crlf > 0 && lf > 0 ? 'mixedLineEndings' : undefined;
}

/** Encodes a text as a value. Throws `invalidInput` if it has a lone surrogate, which UTF-8 encoding would replace. */
export function textBytes(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  throw new KvError('invalidInput', l10n.t('A value must be valid Unicode text: half of a character is missing.'));
}

/** The reason as a phrase for users, without the key: "it is not UTF-8 text, …". */
export function damageReason(damage: TextDamage): string {
  switch (damage) {
    case 'binary':
      return l10n.t('it is binary, and an editor would change its bytes.');
    case 'notUtf8':
      return l10n.t('it is not UTF-8 text, and an editor would change its bytes.');
    case 'mixedLineEndings':
      return l10n.t('it mixes line endings (LF and CRLF), and an editor would make them all the same.');
    case 'loneCr':
      return l10n.t('it has a line ending of CR alone, and an editor would replace it.');
  }
}
