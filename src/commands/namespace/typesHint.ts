import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { findWranglers } from '../../auth/findWrangler.ts';
import type { Services } from '../../services.ts';
import { isAbout, TYPES_FILE, typedBindings, typesArguments } from '../../wrangler/generatedTypes.ts';

/**
 * Whether to mention `wrangler types` after adding a binding. Not if the types have the binding already, and not if
 * help in configs offers to run it, as it does for a types file that wrangler has generated.
 */
export async function needsTypesHint(config: string, binding: string, { projects }: Services): Promise<boolean> {
  const folder = dirname(config);
  const text = await projects.readText(join(folder, TYPES_FILE)).catch(() => '');
  if (typedBindings(text).has(binding)) return false;
  const args = typesArguments(text);
  if (!projects.offersTypes || args === undefined || !isAbout(config, args) || !vscode.workspace.isTrusted) return true;
  return (await findWranglers({ projectFolders: [folder], isTrusted: true, path: '' })).length === 0;
}
