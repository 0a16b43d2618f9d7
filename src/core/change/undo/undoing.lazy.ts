/*
 * Undoes changes. A bundle of its own, loaded by the first undo.
 */
export { undoChange } from './undoChange.ts';
