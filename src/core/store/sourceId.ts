/** Whether a source is a real account: its id alone says so. */
export const isAccount = (source: string): boolean => source.startsWith('account-');
