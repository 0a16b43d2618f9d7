import { runScript } from '../runner/command.ts';

let built: Promise<boolean> | undefined;

/** Builds the extension as it is shipped, once. */
export async function buildShipped(): Promise<void> {
  built ??= runScript('build.ts');
  if (!(await built)) throw new Error('The extension could not be built');
}
