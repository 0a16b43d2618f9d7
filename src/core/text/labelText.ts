import { visibleText } from './visibleText.ts';

/** A name for a picker or the status bar, where VS Code draws `$(trash)` as an icon: visible, and as it is written. */
export const labelText = (name: string): string => visibleText(name).replaceAll('$(', '\\$(');
