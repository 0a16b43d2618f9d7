export const conflictChoices = ['overwrite', 'skip', 'fail'] as const;

/** What becomes of keys that exist already. */
export type OnConflict = (typeof conflictChoices)[number];
