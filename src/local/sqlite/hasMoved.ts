import { rowVersion } from './liveRow.ts';
import type { Expected, Fault, NamespaceFiles, Relied } from './protocol.ts';
import { isValueMissing } from './valueFile.ts';
import type { Writer } from './writers.ts';

/** Whether a key is no longer what a write relies on; to be asked within the transaction that writes it. */
export function hasMoved(
  { selectLive }: Writer,
  { files, key, expected }: { files: NamespaceFiles; key: string; expected: Expected },
): boolean {
  if (expected === undefined) return false;
  const row = selectLive.get(key, Date.now());
  if (row === undefined) return expected !== null;
  if (expected !== null) return rowVersion(row) !== expected;
  // Without the file of its value it reads as none.
  return !isValueMissing(files, row.blob_id);
}

/** Whether one of the other keys is no longer what a write relies on; the same way. */
export const haveMoved = (writer: Writer, files: NamespaceFiles, relied: readonly Relied[]): boolean =>
  relied.some((one) => hasMoved(writer, { ...one, files }));

/** Of a key that was left alone. */
export const movedFault = ({ database }: NamespaceFiles): Fault => ({
  reason: 'moved',
  path: database,
  detail: 'not as expected',
});
