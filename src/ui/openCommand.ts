import * as vscode from 'vscode';
import { mediaGroup, mediaKindOfKey, sniffMedia } from '../core/entry/valueKind.ts';
import { keyOf } from '../fs/kvUri.ts';
import { openLinkCommand } from '../ids.ts';

/** VS Code's own previews. Their selectors match only file extensions. */
const previews = {
  image: 'imagePreview.previewEditor',
  audio: 'vscode.audioPreview',
  video: 'vscode.videoPreview',
} as const;

/** Both count from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * The command that opens a value: in the editor VS Code would choose, or in a preview if only the first bytes tell that
 * it is media.
 */
export function openCommand(uri: vscode.Uri, value: Uint8Array, column?: vscode.ViewColumn): vscode.Command {
  const media = mediaKindOfKey(uri.path) === undefined ? sniffMedia(value) : undefined;
  const where = column === undefined ? [] : [column];
  return media
    ? { command: 'vscode.openWith', title: openTitle(), arguments: [uri, previews[mediaGroup(media)], ...where] }
    : openAsText(uri, column);
}

/** The key as the label, when the tab would otherwise show something like `images%2Flogo`. */
function labelOf(uri: vscode.Uri): string | undefined {
  const key = keyOf(uri)?.key ?? '';
  return /[/\\%]/.test(key) && !/[\u0000-\u001f\u007f]/.test(key) ? key : undefined;
}

/** The command that opens a value whose content is not known. */
export function openAsText(uri: vscode.Uri, column?: vscode.ViewColumn): vscode.Command {
  const label = labelOf(uri);
  const options = column === undefined ? [] : [{ viewColumn: column }];
  // VS Code accepts a label only together with options.
  const more = label === undefined ? options : [options[0] ?? {}, label];
  return { command: 'vscode.open', title: openTitle(), arguments: [uri, ...more] };
}

/**
 * A link to a value, or to a place in it. VS Code opens a plain URI without a label; if a label is needed, the link
 * runs a command of ours instead.
 */
export function linkTo(uri: vscode.Uri, at?: Place): vscode.Uri {
  if (labelOf(uri) === undefined) return at ? uri.with({ fragment: `L${at.line},${at.column}` }) : uri;
  const query = encodeURIComponent(JSON.stringify([uri.toString(), at]));
  return vscode.Uri.from({ scheme: 'command', path: openLinkCommand, query });
}

/** Opens what {@link linkTo} leads to. */
export async function followLink(address: string, at?: Place | null): Promise<void> {
  const uri = vscode.Uri.parse(address, true);
  const place = at && new vscode.Position(at.line - 1, at.column - 1);
  const options = place ? { selection: new vscode.Range(place, place) } : {};
  await vscode.commands.executeCommand('vscode.open', uri, options, labelOf(uri));
}

const openTitle = (): string => vscode.l10n.t('Open Value');

/** Shows a value that was just written. */
export async function showValue(uri: vscode.Uri): Promise<void> {
  const { command, arguments: given = [] } = openAsText(uri);
  await vscode.commands.executeCommand(command, ...given);
}
