/**
 * Characters that are invisible, look like a space, or change the text direction. Joiners are not included, because
 * they are parts of letters.
 */
const HIDDEN =
  /[\u0080-\u00a0\u00ad\u061c\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]/g;
const CONTROL = /[\u0000-\u001f\u007f]/g;
const SPACES_AT_ENDS = /^ +| +$/g;
const DELETE = 0x7f;

/** A name in which look-alike characters can be told apart: "a␣", "two␊lines", "x[U+202E]txt.exe". */
export const visibleText = (text: string): string =>
  text
    .replace(CONTROL, (character) => {
      const code = character.charCodeAt(0);
      return String.fromCharCode(code === DELETE ? 0x2421 : 0x2400 + code);
    })
    .replace(SPACES_AT_ENDS, (spaces) => '␣'.repeat(spaces.length))
    .replace(HIDDEN, (character) => `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`);
