import { rowVersion } from './liveRow.ts';
import type { Expected, Fault, NamespaceFiles, Relied } from './protocol.ts';
import { isValueMissing } from './valueFile.ts';
import type { Writer } from './writers.ts';

/** Whether a key no longer matches what a write relies on. Must be called within the transaction that writes it. */
export function hasMoved(
  { selectLive }: Writer,
  { files, key, expected }: { files: NamespaceFiles; key: string; expected: Expected },
): boolean {
  if (expected === undefined) return false;
  const row = selectLive.get(key, Date.now());
  if (row === undefined) return expected !== null;
  if (expected !== null) return rowVersion(row) !== expected;
  // A row whose value file is missing reads as no entry.
  return !isValueMissing(files, row.blob_id);
}

/** The same check for the other keys that a write relies on. */
export const haveMoved = (writer: Writer, files: NamespaceFiles, relied: readonly Relied[]): boolean =>
  relied.some((one) => hasMoved(writer, { ...one, files }));

/** The fault of a key that was left alone. */
export const movedFault = ({ database }: NamespaceFiles): Fault => ({
  reason: 'moved',
  path: database,
  detail: 'not as expected',
});
