import * as l10n from '@vscode/l10n';

export type WriteDeed = 'put' | 'delete';

/** What should be done with a key; a listing concerns no single key. */
export type Deed = WriteDeed | 'get' | 'list';

/** The sentence for a key, given what happened and what to do. */
export function keySentence(deed: Deed, key: string, reason: string): string {
  switch (deed) {
    case 'put':
      return l10n.t('“{0}” was not written: {1}', key, reason);
    case 'delete':
      return l10n.t('“{0}” was not deleted: {1}', key, reason);
    case 'get':
      return l10n.t('“{0}” could not be read: {1}', key, reason);
    case 'list':
      return l10n.t('The keys could not be listed: {0}', reason);
  }
}

/** The sentence for a key whose attempt was sent and its answer lost. */
export function uncertainSentence(deed: WriteDeed, key: string, reason: string): string {
  switch (deed) {
    case 'put':
      return l10n.t('It is not certain whether “{0}” was written: {1}', key, reason);
    case 'delete':
      return l10n.t('It is not certain whether “{0}” was deleted: {1}', key, reason);
  }
}
