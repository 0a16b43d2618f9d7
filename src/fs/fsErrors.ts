import * as vscode from 'vscode';
import { errorText, isKvError, type KvErrorKind } from '../core/base/errors.ts';
import { wayOutLink } from '../core/text/wayOut.ts';
import { withoutLinks } from '../core/text/withoutLinks.ts';

type MakeError = (message: string) => vscode.FileSystemError;
const unavailable: MakeError = (message) => vscode.FileSystemError.Unavailable(message);
const noPermissions: MakeError = (message) => vscode.FileSystemError.NoPermissions(message);
const plain: MakeError = (message) => new vscode.FileSystemError(message);

const make: Record<KvErrorKind, MakeError> = {
  notFound: (message) => vscode.FileSystemError.FileNotFound(message),
  // Not "file not found", because that would mark the editor as deleted although the key may exist.
  namespaceNotFound: unavailable,
  unauthenticated: unavailable,
  offline: unavailable,
  server: unavailable,
  rateLimited: unavailable,
  busy: unavailable,
  forbidden: noPermissions,
  readOnly: noPermissions,
  unsupported: noPermissions,
  invalidInput: plain,
  tooLarge: plain,
  conflict: plain,
  cancelled: plain,
};

/** Converts any error to the file-system error that VS Code shows. */
export function toFsError(error: unknown): vscode.FileSystemError {
  return translate(error, '');
}

/** The same for writes. VS Code shows these errors in a message in which the user can click the way out. */
export function toWriteError(error: unknown): vscode.FileSystemError {
  return translate(error, wayOutLink(error));
}

function translate(error: unknown, wayOut: string): vscode.FileSystemError {
  if (error instanceof vscode.FileSystemError) return error;
  const text = `${withoutLinks(errorText(error))}${wayOut}`;
  return isKvError(error) ? make[error.kind](text) : unavailable(text);
}
