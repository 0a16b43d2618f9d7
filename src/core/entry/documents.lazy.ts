/*
 * The documents for editing entries, with the parser that finds mistakes in them. A bundle of its own, loaded by the
 * first such document.
 */
export { formatEntryDocument, parseEntryDocument } from './entryDocument.ts';
export { checkEditable, formatKeysDocument, MOST_EDITED_KEYS, parseKeysDocument } from './keysDocument.ts';
