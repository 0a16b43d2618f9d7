import * as l10n from '@vscode/l10n';

/**
 * The locale for dates and numbers. Each translation sets its own, so that they match the language of the sentence
 * around them, whatever the system's locale is.
 */
export const locale = (): string =>
  l10n.t({ message: 'en-GB', args: [], comment: ['BCP 47 tag of the locale for dates and numbers'] });
