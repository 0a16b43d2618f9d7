/*
 * What takes back, and what goes on with a backup, in a bundle of its own: it is loaded by the first undo, or the first
 * work that is taken up again.
 */
export { EarlierBackup } from './earlierBackup.ts';
export { restore } from './restore.ts';
