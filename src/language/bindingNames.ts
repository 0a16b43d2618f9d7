import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../services.ts';
import type { WranglerConfig } from '../wrangler/config.ts';
import { TYPES_FILE } from '../wrangler/generatedTypes.ts';
import { declaredBindings, governingConfigs } from './code/governing.ts';

interface Declared {
  /** Its size, when it was written, and whether the workspace was trusted, as text; empty if there is none. */
  readonly version: string;
  readonly names: readonly string[];
}

/**
 * Which bindings a code file sees: those of the configs that govern it, and those that `wrangler types` has declared
 * beside them.
 */
export class BindingNames {
  readonly #projects: Pick<Services['projects'], 'configs' | 'readText'>;
  /** By folder; read again when they change. */
  readonly #declared = new Map<string, Declared>();

  constructor(projects: Pick<Services['projects'], 'configs' | 'readText'>) {
    this.#projects = projects;
  }

  /** The configs whose bindings a file sees. */
  configs(path: string): readonly WranglerConfig[] {
    const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path));
    return governingConfigs(path, this.#projects.configs, folder?.uri.fsPath);
  }

  /** The binding names, as far as they were read. */
  of(path: string): ReadonlySet<string> {
    const configs = this.configs(path);
    return new Set([
      ...configs.flatMap(({ bindings }) => bindings.map(({ name }) => name)),
      ...configs.flatMap(({ folder }) => this.#declared.get(folder)?.names ?? []),
    ]);
  }

  /** Reads the files that may declare a file's bindings, if they have changed. */
  async read(path: string): Promise<void> {
    for (const { folder } of this.configs(path)) {
      const file = join(folder, TYPES_FILE);
      const version = await stat(file).then(
        ({ mtimeMs, size }) => `${mtimeMs} ${size} ${vscode.workspace.isTrusted}`,
        () => '',
      );
      if (this.#declared.get(folder)?.version === version) continue;
      const text = version === '' ? '' : await this.#projects.readText(file).catch(() => '');
      this.#declared.set(folder, { version, names: declaredBindings(text) });
    }
  }
}
