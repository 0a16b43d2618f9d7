/* What takes changes back, in a bundle of its own: it is loaded by the first undo. */
export { undoChange } from './undoChange.ts';
