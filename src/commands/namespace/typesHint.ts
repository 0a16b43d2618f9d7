import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { findWranglers } from '../../auth/findWrangler.ts';
import type { Services } from '../../services.ts';
import { isAbout, TYPES_FILE, typedBindings, typesArguments } from '../../wrangler/generatedTypes.ts';

/**
 * Whether somebody who has added a binding is to be told of `wrangler types`: not where the types know it, nor where
 * help inside configs offers to run it, as it does for a file that wrangler has made.
 */
export async function needsTypesHint(config: string, binding: string, { projects }: Services): Promise<boolean> {
  const folder = dirname(config);
  const text = await readFile(join(folder, TYPES_FILE), 'utf8').catch(() => '');
  if (typedBindings(text).has(binding)) return false;
  const args = typesArguments(text);
  if (!projects.offersTypes || args === undefined || !isAbout(config, args) || !vscode.workspace.isTrusted) return true;
  return (await findWranglers({ projectFolders: [folder], isTrusted: true, path: '' })).length === 0;
}
