import { visibleText } from './visibleText.ts';

/**
 * A name for a picker or the status bar, where VS Code would show `$(trash)` as an icon. Escapes that, and makes
 * invisible characters visible.
 */
export const labelText = (name: string): string => visibleText(name).replaceAll('$(', '\\$(');
