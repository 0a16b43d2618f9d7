import { visibleText } from '../core/text/visibleText.ts';
import type { RowHead } from './shared/model.ts';

/** Of the row of a key, a group or whatever else people name; clicking it does what its mark does. */
export const rowHead = (name: string, action?: string): RowHead => ({
  shown: visibleText(name),
  ...(action !== undefined && { action }),
});
