import * as l10n from '@vscode/l10n';

/**
 * The locale that dates and numbers are written in. A translation brings its own, so that they speak the language of
 * the sentence around them, whatever the system's is.
 */
export const locale = (): string =>
  l10n.t({ message: 'en-GB', args: [], comment: ['BCP 47 tag of the locale for dates and numbers'] });
