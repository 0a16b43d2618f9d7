import * as vscode from 'vscode';
import { mediaGroup, mediaKindOfKey, sniffMedia } from '../core/valueKind.ts';
import { keyOf } from '../fs/kvUri.ts';

/** VS Code's own previews; their selectors only know file endings. */
const previews = {
  image: 'imagePreview.previewEditor',
  audio: 'vscode.audioPreview',
  video: 'vscode.videoPreview',
} as const;

/** What opens a value: the editor VS Code would choose, or its preview for media that only the first bytes tell. */
export function openCommand(uri: vscode.Uri, value: Uint8Array): vscode.Command {
  const media = mediaKindOfKey(uri.path) === undefined ? sniffMedia(value) : undefined;
  return media
    ? { command: 'vscode.openWith', title: openTitle(), arguments: [uri, previews[mediaGroup(media)]] }
    : openAsText(uri);
}

/** Opens a value without knowing it. A tab reads `images/logo` then, where its path would make it `images%2Flogo`. */
export function openAsText(uri: vscode.Uri): vscode.Command {
  const key = keyOf(uri)?.key ?? '';
  const label = /[/\\%]/.test(key) && !/[\u0000-\u001f\u007f]/.test(key) ? key : undefined;
  // VS Code takes a label only along with options.
  return { command: 'vscode.open', title: openTitle(), arguments: label === undefined ? [uri] : [uri, {}, label] };
}

const openTitle = (): string => vscode.l10n.t('Open Value');

/** Shows a value that was just written. */
export async function showValue(uri: vscode.Uri): Promise<void> {
  const { command, arguments: given = [] } = openAsText(uri);
  await vscode.commands.executeCommand(command, ...given);
}
