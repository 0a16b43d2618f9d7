import { readdirSync, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import picomatch from 'picomatch';
import { errnoOf } from '../core/base/errno.ts';
import { errorText } from '../core/base/errors.ts';
import { wayDown } from '../core/base/paths.ts';
import { type ConfigSearchData, type ConfigSearchReply, type HiddenBelow, Visiting } from './configSearchProtocol.ts';
import { findConfigs } from './findConfigs.ts';

/*
 * The thread that walks a workspace. Hundreds of thousands of folders mean as many objects to create and collect, which
 * would block the extension host. System calls are synchronous: those of `fs/promises` would occupy the few threads
 * that the files of all extensions wait for, and this thread has nothing else to do meanwhile.
 */

const { folders, hidden, areParts, endless, visiting: buffer } = workerData as ConfigSearchData;
const visiting = new Visiting(buffer);
const isEndless: ReadonlySet<string> = new Set(endless);

const tell = (reply: ConfigSearchReply): void => parentPort?.postMessage(reply);

/** VS Code's globs have no negation. A glob that cannot be parsed hides nothing, and does not affect the others. */
function matcherOf(glob: string): readonly picomatch.Matcher[] {
  try {
    return [picomatch(glob, { dot: true, nonegate: true })];
  } catch (error) {
    tell({ unusable: glob, message: errorText(error) });
    return [];
  }
}

function hides({ folder, globs }: HiddenBelow): (path: string) => boolean {
  const matchers = globs.flatMap(matcherOf);
  return (path) => {
    const below = wayDown(folder, path)?.split(sep).join('/') ?? '';
    return below !== '' && matchers.some((matches) => matches(below));
  };
}

const hiding = hidden.filter(({ globs }) => globs.length > 0).map(hides);

const isHidden = (path: string): boolean => hiding.some((hidesIt) => hidesIt(path));

/** Whether a path or one of its parent folders is hidden. */
const liesHidden = (path: string): boolean => isHidden(path) || (dirname(path) !== path && liesHidden(dirname(path)));

void findConfigs(
  folders.filter((folder) => !isEndless.has(folder) && !(areParts && liesHidden(folder))),
  {
    isExcluded: (path) => isEndless.has(path) || isHidden(path),
    read: async (folder) => {
      visiting.enter(folder);
      return readdirSync(folder, { withFileTypes: true });
    },
    look: async (path) => statSync(path),
    onFound: (folder, files) => tell({ folder, files }),
    onUnreadable: (folder, error) => tell({ unreadable: folder, code: errnoOf(error), message: errorText(error) }),
  },
).then(() => tell({ isDone: true }));
