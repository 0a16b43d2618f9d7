export const conflictChoices = ['overwrite', 'skip', 'fail'] as const;

/** What to do with keys that already exist. */
export type OnConflict = (typeof conflictChoices)[number];
