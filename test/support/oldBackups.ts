import type { EntryState } from '../../src/core/entry/entryDigest.ts';

/* Backups as version 0.1.0 wrote them: a header, then a line for each key. */

export const backupHeader = (header: object): string => `${JSON.stringify(header)}\n`;

export interface BackupLine {
  readonly key: string;
  readonly before?: EntryState;
  readonly after?: string | undefined;
  readonly earlier?: readonly (string | null)[] | undefined;
  readonly isForeign?: true;
}

export function backupLine({ key, before, after, earlier, isForeign }: BackupLine): string {
  const state = before && { ...before, value: Buffer.from(before.value).toString('base64') };
  return `${JSON.stringify({ key, before: state, after, earlier, isForeign })}\n`;
}
