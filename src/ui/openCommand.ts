import * as vscode from 'vscode';
import { mediaGroup, mediaKindOfKey, sniffMedia } from '../core/valueKind.ts';

/** VS Code's own previews; their selectors only know file endings. */
const previews = {
  image: 'imagePreview.previewEditor',
  audio: 'vscode.audioPreview',
  video: 'vscode.videoPreview',
} as const;

/** What opens a value: the editor VS Code would choose, or its preview for media that only the first bytes tell. */
export function openCommand(uri: vscode.Uri, value: Uint8Array): vscode.Command {
  const title = vscode.l10n.t('Open Value');
  const media = mediaKindOfKey(uri.path) === undefined ? sniffMedia(value) : undefined;
  return media
    ? { command: 'vscode.openWith', title, arguments: [uri, previews[mediaGroup(media)]] }
    : { command: 'vscode.open', title, arguments: [uri] };
}
