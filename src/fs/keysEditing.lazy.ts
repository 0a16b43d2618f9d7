/* Reads and writes documents of many keys, in a bundle of its own that the first such document loads. */
export { loadKeys } from './keysLoading.ts';
export { KeysSaves } from './keysSaves.ts';
