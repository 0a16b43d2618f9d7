import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as l10n from '@vscode/l10n';
import { inParallel } from '../core/base/parallel.ts';
import { Slices } from '../core/base/slices.ts';
import { isTable } from '../core/base/table.ts';
import type { ConfigBinding, WranglerConfig } from './config.ts';
import type { FoundFiles } from './findConfigs.ts';
import { readJsonc } from './jsoncText.ts';
import { placedConfigs } from './placedConfigs.ts';
import { readWranglerConfig } from './readConfig.ts';
import { leadsOut, mayBeRead, readProjectText } from './readProjectText.ts';
import { VITE_PLUGIN, type ViteHint, type ViteProject } from './viteProjects.ts';

const AT_ONCE = 16;

/** What the Vite configs say, apart from the wrangler configs that they name. */
export interface ViteFindings {
  /** State folders, by the root that keeps its data there. */
  readonly stateFolders: ReadonlyMap<string, string>;
  readonly hints: readonly PlacedHint[];
  /** Folders with a Vite config, whatever it says, and the roots that these configs name. */
  readonly roots: ReadonlySet<string>;
}

export interface PlacedHint extends ViteHint {
  /** The path of the Vite config. */
  readonly path: string;
  readonly root: string;
}

/**
 * Reads the files that were found in a workspace, each once until it is reported as changed. Gives the configs that
 * wrangler uses, each with the folder beside which its data lies.
 */
export class ProjectReader {
  readonly #configs = new Map<string, Promise<WranglerConfig>>();
  readonly #viteProjects = new Map<string, Promise<ViteProject | undefined>>();
  readonly #redirects = new Map<string, Promise<readonly string[]>>();
  readonly #slices = new Slices();

  /** Makes the next reading read this file again. */
  forget(path: string): void {
    this.#configs.delete(path);
    this.#viteProjects.delete(path);
    this.#redirects.delete(path);
  }

  forgetAll(): void {
    this.#configs.clear();
    this.#viteProjects.clear();
    this.#redirects.clear();
  }

  /**
   * Never rejects: if a config cannot be read, that is its problem. Only what lies in one of the folders `within` is
   * read once all links are followed, or anything if none are given. A config that several Vite projects name appears
   * once for each.
   */
  async read(found: FoundFiles, within?: readonly string[]): Promise<readonly WranglerConfig[]> {
    const viteProjects = (await this.#viteProjectsOf(found, within)).flatMap((project) => project ?? []);
    const isFound = new Set(found.configs);
    const named = viteProjects
      .flatMap(({ own, auxiliary }) => [...own, ...auxiliary])
      .filter((path) => !isFound.has(path) && isConfigFile(path));
    const configs = [
      ...(await this.#each(found.configs, (path) => this.#foundConfig(path, within))),
      ...(await this.#each([...new Set(named)], (path) => this.#namedConfig(path, within))),
    ].filter((config) => config !== undefined);
    const generated = (await this.#each(found.redirects, (path) => this.#generated(path, within))).flat();
    const made = new Set(generated.map(({ path }) => path));
    const own = placedConfigs(
      configs.filter(({ path }) => !made.has(path)),
      viteProjects,
    );
    return [...own, ...generated.flatMap((config) => withoutKnown(config, own))];
  }

  async vite(found: Pick<FoundFiles, 'viteConfigs'>, within?: readonly string[]): Promise<ViteFindings> {
    const { viteConfigs } = found;
    const projects = await this.#viteProjectsOf(found, within);
    const stateFolders = new Map<string, string>();
    for (const project of projects) {
      if (project?.stateFolder !== undefined) stateFolders.set(project.root, project.stateFolder);
    }
    const hints = viteConfigs.flatMap((path, index) => {
      const project = projects[index];
      return project ? project.hints.map((hint) => ({ ...hint, path, root: project.root })) : [];
    });
    const named = projects.flatMap((project) => project?.root ?? []);
    return { stateFolders, hints, roots: new Set([...viteConfigs.map(dirname), ...named]) };
  }

  /** Works on a few at a time, because each is an open file. What was read already takes no time. */
  async #each<T>(paths: readonly string[], read: (path: string) => Promise<T>): Promise<T[]> {
    const results: T[] = [];
    for await (const result of inParallel(paths, AT_ONCE, read)) {
      results.push(result);
      await this.#slices.pause();
    }
    return results;
  }

  /** `undefined` for one that does not use Cloudflare's plugin, cannot be read, or lies in none of these folders. */
  async #viteProjectsOf({ viteConfigs }: Pick<FoundFiles, 'viteConfigs'>, within?: readonly string[]) {
    return await this.#each(viteConfigs, async (path) =>
      (await mayBeRead(path, within)) ? await this.#viteProject(path) : undefined,
    );
  }

  async #viteProject(path: string): Promise<ViteProject | undefined> {
    return await kept(this.#viteProjects, path, readVite);
  }

  async #config(path: string): Promise<WranglerConfig> {
    return await kept(this.#configs, path, readWranglerConfig);
  }

  /** A search finds links too, and does not follow them. */
  async #foundConfig(path: string, within?: readonly string[]): Promise<WranglerConfig> {
    if (await mayBeRead(path, within)) return await this.#config(path);
    return { path, folder: dirname(path), bindings: [], isOutside: true, problem: { message: leadsOut() } };
  }

  /**
   * A file that no search has seen may be anything, such as a pipe that never ends. `undefined` if it lies in none of
   * these folders.
   */
  async #namedConfig(path: string, within?: readonly string[]): Promise<WranglerConfig | undefined> {
    if (!(await mayBeRead(path, within))) return undefined;
    if (await isFile(path)) return await this.#config(path);
    const message = l10n.t('There is no such file. Correct configPath in the Vite config.');
    return { path, folder: dirname(path), bindings: [], isMissing: true, problem: { message } };
  }

  /** The generated configs that a build tool points to; their data lies beside the folder of the pointer. */
  async #generated(redirect: string, within?: readonly string[]): Promise<readonly WranglerConfig[]> {
    if (!(await mayBeRead(redirect, within))) return [];
    const paths = await kept(this.#redirects, redirect, readRedirect);
    // These files are not watched, because they are build output. They change only together with the pointer.
    for (const path of paths) this.#configs.delete(path);
    const configs = await Promise.all(paths.map((path) => this.#namedConfig(path, within)));
    const stateRoot = dirname(dirname(dirname(redirect)));
    return configs
      .filter((config) => config !== undefined)
      .filter(({ problem, bindings }) => !problem || bindings.length > 0)
      .map((config) => ({ ...config, stateRoot, isGenerated: true }));
  }
}

/** Wrangler reads a file with any other extension as if it were empty. */
const isConfigFile = (path: string): boolean => /\.(?:jsonc?|toml)$/.test(path);

const isFile = async (path: string): Promise<boolean> =>
  await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

async function kept<T>(known: Map<string, Promise<T>>, path: string, read: (path: string) => Promise<T>): Promise<T> {
  const found = known.get(path) ?? read(path);
  known.set(path, found);
  return await found;
}

async function readVite(path: string): Promise<ViteProject | undefined> {
  try {
    const text = await readProjectText(path);
    if (!text.includes(VITE_PLUGIN)) return undefined;
    const { readViteProject } = await import('./viteConfig.lazy.ts');
    return readViteProject(path, text);
  } catch {
    return undefined;
  }
}

/** The Worker's own config first, then those of the auxiliary Workers that Vite serves with it. */
async function readRedirect(path: string): Promise<readonly string[]> {
  try {
    const text = await readProjectText(path);
    const { value } = readJsonc(text, await import('./parsers.lazy.ts'));
    if (!isTable(value)) return [];
    const auxiliary: readonly unknown[] = Array.isArray(value.auxiliaryWorkers) ? value.auxiliaryWorkers : [];
    return [value, ...auxiliary].flatMap((worker) =>
      isTable(worker) && typeof worker.configPath === 'string' ? resolve(dirname(path), worker.configPath) : [],
    );
  } catch {
    return [];
  }
}

/** Leaves out what the source of a generated config already says, which is most of it. */
function withoutKnown(generated: WranglerConfig, configs: readonly WranglerConfig[]): WranglerConfig[] {
  const beside = configs.filter((config) => (config.stateRoot ?? config.folder) === generated.stateRoot);
  const known = new Set(beside.flatMap(({ bindings }) => bindings.map(bindingText)));
  const bindings = generated.bindings.filter((binding) => !known.has(bindingText(binding)));
  return bindings.length === 0 && beside.length > 0 ? [] : [{ ...generated, bindings }];
}

const bindingText = ({ name, id, previewId }: ConfigBinding): string => JSON.stringify([name, previewId ?? id ?? name]);
