import * as vscode from 'vscode';
import { locale } from '../core/text/locale.ts';

/**
 * The frame of every page. Its script and styles are files of the extension; it can load, run and reach nothing else.
 * It contains the title, to show before the extension sends the rest.
 */
export function pageHtml(webview: vscode.Webview, files: vscode.Uri, title: string): string {
  const fileOf = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(files, name)).toString();
  const policy = [
    "default-src 'none'",
    `script-src ${webview.cspSource}`,
    `style-src ${webview.cspSource}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${locale()}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${fileOf('page.css')}">
<title>Cloudflare KV</title>
</head>
<body>
<main id="page" aria-busy="true"><h1>${escaped(title)}</h1></main>
<script type="module" src="${fileOf('page.js')}"></script>
</body>
</html>`;
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
