/*
 * The only way to write, together with its journals. A bundle of its own, loaded by the first change or when earlier
 * ones are shown.
 */
export { Changes } from './changes.ts';
export { Journals } from './journal/journals.ts';
export { realProcesses } from './journal/owner.ts';
export { KeyLocks } from './keyLocks.ts';
