import { visibleText } from '../core/text/visibleText.ts';
import type { RowHead } from './shared/model.ts';

/** The head of a table row that names a key, a group or the like. A click on it does the same as on its mark. */
export const rowHead = (name: string, action?: string): RowHead => ({
  shown: visibleText(name),
  ...(action !== undefined && { action }),
});
