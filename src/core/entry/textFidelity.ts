import { isUtf8 } from 'node:buffer';
import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';

/** Why a text editor would change a value by opening and saving it. */
export type TextDamage = 'binary' | 'notUtf8' | 'mixedLineEndings' | 'loneCr';

/**
 * A zero byte among so many first bytes makes VS Code treat a file as binary
 * (`workbench/services/textfile/common/encoding.ts`).
 */
const BINARY_WINDOW = 512;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Whether VS Code would give these bytes back unchanged: `undefined` when it would. It decodes as UTF-8 and turns all
 * line endings into one kind, the more frequent one (`pieceTreeTextBufferBuilder.ts`); a byte order mark and U+2028
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

/** A text as a value; throws `invalidInput` where UTF-8 would have something else for half of a character. */
export function textBytes(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  throw new KvError('invalidInput', l10n.t('A value must be valid Unicode text: half of a character is missing.'));
}

/** One sentence for a person, without the key: "it is not UTF-8 text, …". */
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
