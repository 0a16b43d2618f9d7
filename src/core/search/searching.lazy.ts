/*
 * The work of a search, in a bundle of its own: it is loaded by the first one.
 */
export { matcherOf } from './matcherOf.ts';
export { searchKeys, searchValues } from './search.ts';
