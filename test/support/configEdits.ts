import assert from 'node:assert/strict';
import type { BindingChange } from '../../src/wrangler/bindingPlan.ts';
import { editBindings } from '../../src/wrangler/editBindings.ts';

/**
 * Edits a config and asserts that text was only inserted, and that all line breaks are of the kind that the text uses.
 */
export async function edited(path: string, text: string, change: BindingChange): Promise<string> {
  const result = await editBindings(path, text, change);
  assert.ok(isInserted(text, result), `more than insertions:\n${text}\n→\n${result}`);
  if (text.includes('\r\n')) assert.doesNotMatch(result.replaceAll('\r\n', ''), /\n/);
  else if (!text.includes('\r')) assert.doesNotMatch(result, /\r/);
  assert.equal(result.at(-1) === '\n', text === '' || text.at(-1) === '\n');
  return result;
}

/** True if removing characters from the result can give the text. */
function isInserted(text: string, result: string): boolean {
  let at = 0;
  for (const character of result) if (text.startsWith(character, at)) at += character.length;
  return at === text.length;
}
