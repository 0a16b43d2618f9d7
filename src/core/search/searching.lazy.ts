/*
 * The implementation of the search, in a bundle of its own that is loaded by the first search.
 */
export { matcherOf } from './matcherOf.ts';
export { searchKeys, searchValues } from './search.ts';
