import { randomBytes } from 'node:crypto';
import { appendFile, type FileHandle, rename, rm, utimes } from 'node:fs/promises';
import { linesOf } from '../../base/byteLines.ts';
import { parseSessionRecord } from './format.ts';

/** What became of the file of a session. */
export interface Rewritten {
  /** `moved`: it was no longer there by its name, and nothing was done. */
  readonly became: 'same' | 'removed' | 'replaced' | 'moved';
  /** What was added to it since it was read: with another file in its place, it is in none that has a name. */
  readonly added: () => Promise<string>;
}

/**
 * Writes an open file anew without these changes, and without those that were forgotten; removes it where nothing is
 * left. No other window is to do so at the same time.
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
  // An empty one is just begun by another window, which would have nothing on the disk for a moment.
  if (read === 0 || (texts.length > 0 && !isLess)) return { became: 'same', added };
  // A name of its own: another window may be at the file, too, when its claim was taken for a left one.
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
      // It is as old as the last change in it.
      await utimes(fresh, mtimeMs / 1000, mtimeMs / 1000);
      await rename(fresh, path);
    }
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => {});
    throw error;
  }
  return { became: texts.length === 0 ? 'removed' : 'replaced', added };
}

/** What is left of a file without these changes and those that were forgotten. */
async function remaining(file: FileHandle, gone: ReadonlySet<string>) {
  const lines: { readonly id: string; readonly isForget: boolean; readonly text: string }[] = [];
  const kept = new Set<string>();
  const forgotten = new Set(gone);
  /** Whether anything is not to be told from what another window is just writing. */
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
    // The last one may be half a line as yet.
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
  // That a change is over stays where the change is not there yet: another window may be about to put it there.
  const stays = ({ id, isForget }: (typeof lines)[number]) => (isForget ? !kept.has(id) : !forgotten.has(id));
  const texts = lines.filter(stays).map(({ text }) => text);
  return { texts, isLess: isUnknown || texts.length < lines.length, read, whole };
}
