/*
 * What reads and writes documents of many keys, in a bundle of its own: it is loaded by the first of them.
 */
export { loadKeys } from './keysLoading.ts';
export { KeysSaves } from './keysSaves.ts';
