import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSkipped } from './findConfigs.ts';

/** How long to collect new paths, in milliseconds: a checkout creates thousands. */
const GATHER_MS = 300;

/** Collects what is created in a workspace, and reports the folders among it that a search would walk. */
export class NewFolders {
  readonly #roots: () => readonly string[];
  readonly #tell: (folders: readonly string[]) => void;
  readonly #paths = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `tell` gets absolute paths, none inside another. */
  constructor(roots: () => readonly string[], tell: (folders: readonly string[]) => void) {
    this.#roots = roots;
    this.#tell = tell;
  }

  /** Takes the path of anything that was created, a file or a folder. */
  add(path: string): void {
    // What lies in a skipped folder is skipped too, and so is the folder itself.
    if (isSkipped(join(path, 'any'), this.#roots())) return;
    this.#paths.add(path);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, GATHER_MS);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const paths = outermost([...this.#paths]);
    this.#paths.clear();
    const isFolder = await Promise.all(
      paths.map((path) =>
        lstat(path).then(
          (found) => found.isDirectory(),
          () => false,
        ),
      ),
    );
    const folders = paths.filter((_, index) => isFolder[index]);
    if (folders.length > 0) this.#tell(folders);
  }
}

/** Without the paths that lie below another one. */
function outermost(paths: readonly string[]): readonly string[] {
  const all = new Set(paths);
  return paths.filter((path) => {
    for (let above = dirname(path); above !== dirname(above); above = dirname(above)) if (all.has(above)) return false;
    return true;
  });
}
