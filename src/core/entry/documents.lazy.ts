/*
 * The documents in which entries are edited, with the parser that finds what is wrong in them, in a bundle of its own:
 * it is loaded by the first such document.
 */
export { formatEntryDocument, parseEntryDocument } from './entryDocument.ts';
export { checkEditable, formatKeysDocument, MOST_EDITED_KEYS, parseKeysDocument } from './keysDocument.ts';
