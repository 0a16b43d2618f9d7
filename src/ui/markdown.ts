import * as vscode from 'vscode';
import { textDamage } from '../core/entry/textFidelity.ts';
import { commandLink } from '../core/text/commandLink.ts';
import { visibleText } from '../core/text/visibleText.ts';
import { type CommandName, commandId } from '../ids.ts';

const PREVIEW_LINES = 10;
const PREVIEW_CHARACTERS = 1000;

/** Markdown whose links may run only these commands. */
export function trustedMarkdown(commands: readonly CommandName[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.isTrusted = { enabledCommands: commands.map(commandId) };
  return text;
}

export const link = (label: string, command: CommandName, argument: unknown): string =>
  commandLink(label, commandId(command), argument);

/** The most characters in a line of code font: VS Code does not wrap it, and cuts off what is wider than a tooltip. */
const LINE_CHARACTERS = 80;

/** A name in code font. The fence is longer than any run of backticks in the name. */
export function codeSpan(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const characters = [...visibleText(text)];
  const lines = [];
  do lines.push(`${fence} ${characters.splice(0, LINE_CHARACTERS).join('')} ${fence}`);
  while (characters.length > 0);
  return lines.join('  \n');
}

/**
 * Appends the beginning of a value. Appends nothing and returns false if the value is empty or an editor would damage
 * it.
 */
export function appendValue(
  text: vscode.MarkdownString,
  value: Uint8Array,
  isJson: boolean,
  lines = PREVIEW_LINES,
): boolean {
  if (value.length === 0 || textDamage(value) !== undefined) return false;
  text.appendMarkdown(`\n\n${vscode.l10n.t('Value')}\n`);
  text.appendCodeblock(preview(value, lines), isJson ? 'json' : 'plaintext');
  return true;
}

function preview(value: Uint8Array, most: number): string {
  const text = Buffer.from(value.subarray(0, PREVIEW_CHARACTERS * 4))
    .toString('utf8')
    .slice(0, PREVIEW_CHARACTERS);
  const lines = text.split(/\r?\n/);
  const shown = lines.slice(0, most).join('\n');
  return shown.length < text.length || text.length === PREVIEW_CHARACTERS ? `${shown}\n…` : shown;
}
