import { randomBytes } from 'node:crypto';
import { appendFile, type FileHandle, rename, rm, utimes } from 'node:fs/promises';
import { linesOf } from '../../base/byteLines.ts';
import { parseSessionRecord } from './format.ts';

/** The result of rewriting a session's file. */
export interface Rewritten {
  /** `moved`: the file no longer had its name, and nothing was done. */
  readonly became: 'same' | 'removed' | 'replaced' | 'moved';
  /**
   * Returns what was added to the file since it was read. If the file was replaced, that text is in no file with a
   * name.
   */
  readonly added: () => Promise<string>;
}

/**
 * Rewrites an open file without these changes and those that were forgotten. Removes the file if nothing is left. No
 * other window may do this at the same time.
 */
export async function rewritten(old: FileHandle, path: string, gone: ReadonlySet<string>): Promise<Rewritten> {
  const { texts, isLess, read, whole } = await remaining(old, gone);
  const added = async (): Promise<string> => {
    const { size } = await old.stat();
    if (size <= read) return '';
    const buffer = Buffer.alloc(size - whole);
    const { bytesRead } = await old.read(buffer, 0, buffer.length, whole);
    return buffer.toString('utf8', 0, bytesRead);
  };
  // An empty file was just begun by another window, which would have nothing on disk for a moment.
  if (read === 0 || (texts.length > 0 && !isLess)) return { became: 'same', added };
  // A unique name, because another window may be rewriting the file too, if it took this window's claim for one left
  // behind.
  const fresh = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    if (texts.length > 0) await appendFile(fresh, texts.join(''), { mode: 0o600 });
    const { nlink, mtimeMs } = await old.stat();
    if (nlink === 0) {
      await rm(fresh, { force: true });
      return { became: 'moved', added };
    }
    if (texts.length === 0) await rm(path, { force: true });
    else {
      // The time of the file must remain that of the last change in it.
      await utimes(fresh, mtimeMs / 1000, mtimeMs / 1000);
      await rename(fresh, path);
    }
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => {});
    throw error;
  }
  return { became: texts.length === 0 ? 'removed' : 'replaced', added };
}

/** What remains of a file without these changes and those that were forgotten. */
async function remaining(file: FileHandle, gone: ReadonlySet<string>) {
  const lines: { readonly id: string; readonly isForget: boolean; readonly text: string }[] = [];
  const kept = new Set<string>();
  const forgotten = new Set(gone);
  /** Whether a line cannot be parsed, which may be because another window is just writing it. */
  let isUnknown = false;
  let [read, bytes, whole] = [0, 0, 0];
  const source = {
    size: (await file.stat()).size,
    async read(buffer: Buffer, offset: number, length: number, position: number): Promise<number> {
      const { bytesRead } = await file.read(buffer, offset, length, position);
      read += bytesRead;
      return bytesRead;
    },
  };
  for await (const line of linesOf(source)) {
    bytes += line.length + 1;
    const text = line.toString('utf8');
    const record = parseSessionRecord(text);
    // The last line may still be incomplete.
    if (record !== undefined || bytes <= read) whole = Math.min(bytes, read);
    if (record === undefined) {
      isUnknown ||= line.length > 0;
      continue;
    }
    const isForget = 'forget' in record;
    const id = 'op' in record ? record.op.id : isForget ? record.forget : record.of;
    if ('op' in record) kept.add(id);
    if (isForget) forgotten.add(id);
    lines.push({ id, isForget, text: `${text}\n` });
  }
  // A record that a change was forgotten stays if the change itself is not in the file: another window may be about to
  // add it.
  const stays = ({ id, isForget }: (typeof lines)[number]) => (isForget ? !kept.has(id) : !forgotten.has(id));
  const texts = lines.filter(stays).map(({ text }) => text);
  return { texts, isLess: isUnknown || texts.length < lines.length, read, whole };
}
