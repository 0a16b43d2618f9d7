import { chmod } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, posix } from 'node:path';
import * as vscode from 'vscode';
import { errorText, isKvError, KvError } from '../core/base/errors.ts';
import { linkedFrom, permissionsOf } from '../core/base/replacedFile.ts';
import { MAX_VALUE_BYTES } from '../core/entry/limits.ts';
import { byteSize } from '../core/store/names.ts';
import { partialName } from '../core/text/partialName.ts';
import { fileReason } from '../core/transfer/files/fileErrors.ts';
import { isInKv } from '../fs/kvUri.ts';

/** The bytes of a file that becomes a value. Checks KV's size limit before reading the file. */
export async function readSource(file: vscode.Uri): Promise<Uint8Array> {
  const name = vscode.workspace.asRelativePath(file);
  try {
    const { type, size } = await vscode.workspace.fs.stat(file);
    if ((type & vscode.FileType.Directory) !== 0) {
      throw new KvError('invalidInput', vscode.l10n.t('{0} is a folder. Choose the files in it.', name));
    }
    if (size > MAX_VALUE_BYTES) {
      throw new KvError('tooLarge', vscode.l10n.t('{0} has {1}, and a KV value 25 MiB at most.', name, byteSize(size)));
    }
    return await vscode.workspace.fs.readFile(file);
  } catch (error) {
    if (isKvError(error)) throw error;
    throw new KvError('invalidInput', vscode.l10n.t('{0} cannot be read: {1}', name, reasonOf(error)), {
      cause: error,
    });
  }
}

/** Where to offer saving a file of this name: in the first workspace folder, or in the user's home folder. */
export function saveUri(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return folder ? vscode.Uri.joinPath(folder, name) : vscode.Uri.file(join(homedir(), name));
}

/**
 * Writes a temporary file beside the target and renames it at the end, so that a failure leaves no partial file under
 * the target's name. If the target is a symbolic link, replaces the file that it leads to and keeps its permissions.
 */
export async function writeTarget(given: vscode.Uri, content: Uint8Array): Promise<void> {
  // It would be written without a question, and without Undo.
  if (isInKv(given)) {
    const text = vscode.l10n.t('{0} is in KV. Choose a file, or write it with “Put Value”.', given.path);
    throw new KvError('unsupported', text);
  }
  const isOnDisk = given.scheme === 'file';
  const target = isOnDisk ? vscode.Uri.file(await linkedFrom(given.fsPath)) : given;
  // A rename that may overwrite would remove a folder with everything in it.
  if (await isFolder(target)) {
    const name = vscode.workspace.asRelativePath(target);
    throw new KvError('invalidInput', vscode.l10n.t('{0} was not written: it is a folder.', name));
  }
  const mode = isOnDisk ? await permissionsOf(target.fsPath) : undefined;
  const partial = vscode.Uri.joinPath(target, '..', partialName(posix.basename(target.path)));
  try {
    if (mode !== undefined) {
      await vscode.workspace.fs.writeFile(partial, new Uint8Array());
      await chmod(partial.fsPath, mode | OWNER_WRITES);
    }
    await vscode.workspace.fs.writeFile(partial, content);
    if (mode !== undefined) await chmod(partial.fsPath, mode);
    await vscode.workspace.fs.rename(partial, target, { overwrite: true });
  } catch (error) {
    await vscode.workspace.fs.delete(partial).then(undefined, () => {});
    throw new KvError(
      'invalidInput',
      vscode.l10n.t('{0} was not written: {1}', vscode.workspace.asRelativePath(target), reasonOf(error)),
      { cause: error },
    );
  }
}

const OWNER_WRITES = 0o200;

/** The reason in words. What VS Code says about a file is the text of the system call. */
function reasonOf(error: unknown): string {
  const known = error instanceof vscode.FileSystemError ? SYSTEM_CODES[error.code] : undefined;
  const [named] = /\bE[A-Z]{3,}\b/.exec(errorText(error)) ?? [];
  const code = known ?? named;
  return fileReason(code === undefined ? error : Object.assign(new Error(errorText(error)), { code }));
}

const SYSTEM_CODES: Readonly<Record<string, string>> = {
  FileNotFound: 'ENOENT',
  FileIsADirectory: 'EISDIR',
  FileNotADirectory: 'ENOTDIR',
  NoPermissions: 'EACCES',
};

const isFolder = async (uri: vscode.Uri): Promise<boolean> =>
  vscode.workspace.fs.stat(uri).then(
    ({ type }) => (type & vscode.FileType.Directory) !== 0,
    () => false,
  );
