/** Whether a source is an account rather than a local one. The id alone tells. */
export const isAccount = (source: string): boolean => source.startsWith('account-');
