/* The one way to write, with its journals, in a bundle of its own: it is loaded by the first change, or look at earlier ones. */
export { Changes } from './changes.ts';
export { Journals } from './journal/journals.ts';
export { realProcesses } from './journal/owner.ts';
export { KeyLocks } from './keyLocks.ts';
