import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultStateFolder, localSourceId } from '../src/local/stateFolder.ts';
import { sampleIds } from '../test/sample/content.ts';

/**
 * Has the window on the sample project show our view. VS Code opens a new window on the file explorer, and no address
 * or setting says otherwise: a task that runs when the folder opens asks for the view, and ends there.
 */
export function showView(sample: string): void {
  const task = {
    label: 'Show Cloudflare KV',
    type: 'process',
    command: `\${command:cloudflareKv.tree.focus}`,
    runOptions: { runOn: 'folderOpen' },
    presentation: { reveal: 'never' },
    problemMatcher: [],
  };
  mkdirSync(join(sample, '.vscode'), { recursive: true });
  writeFileSync(
    join(sample, '.vscode', 'tasks.json'),
    `${JSON.stringify({ version: '2.0.0', tasks: [task] }, undefined, 2)}\n`,
  );
}

/** Lets the task of {@link showView} run without a question. */
export const startSettings: Readonly<Record<string, unknown>> = { 'task.allowAutomaticTasks': 'on' };

/** Has the window open a value of the sample project. */
export function openedValue(sample: string): Readonly<Record<string, string>> {
  const folder = realpathSync(sample);
  const source = localSourceId(folder, defaultStateFolder(folder));
  return { openFile: `cloudflare-kv://${source}/${sampleIds.sessions}/user:1001` };
}
