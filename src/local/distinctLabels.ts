import { basename, relative, sep } from 'node:path';
import { defaultStateFolder } from './stateFolder.ts';

interface Labelled {
  readonly projectFolder: string;
  readonly stateFolder: string;
  readonly label: string;
}

/** How many folders at the end of a path usually tell where something is. */
const FEW = 2;

/** Appends the folder to a name that several projects share, as briefly as tells them apart: "shop (worktrees/x)". */
export function distinctLabels<T extends Labelled>(projects: readonly T[]): readonly T[] {
  const alike = Map.groupBy(projects, ({ label }) => label);
  const shortOf = new Map<string, (folder: string) => string>();
  for (const [label, those] of alike) {
    const folders = [...new Set(those.map(folderOf))];
    if (folders.length > 1) shortOf.set(label, shortNames(folders));
  }
  return projects.map((project) => {
    const short = shortOf.get(project.label);
    return short ? { ...project, label: `${project.label} (${short(folderOf(project))})` } : project;
  });
}

/** A custom state folder says more than the project that it was added to. */
const folderOf = ({ projectFolder, stateFolder }: Labelled): string =>
  stateFolder === defaultStateFolder(projectFolder) ? projectFolder : stateFolder;

/** Shortens each folder to its path below the common parent, or to the end of it if that is just as distinct. */
function shortNames(folders: readonly string[]): (folder: string) => string {
  const common = commonFolder(folders);
  const partsOf = (folder: string): readonly string[] => (relative(common, folder) || basename(folder)).split(sep);
  const all = folders.map(partsOf);
  const longest = all.reduce((most, { length }) => Math.max(most, length), 0);
  /** Counts how many folders share each ending. */
  const counts = new Map<string, number>();
  for (const parts of all) {
    for (let count = FEW; count < longest; count++) {
      const key = endOf(parts, count);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return (folder) => {
    const own = partsOf(folder);
    for (let count = Math.min(FEW, own.length); count < own.length; count++) {
      if (counts.get(endOf(own, count)) === 1) return own.slice(-count).join('/');
    }
    return own.join('/');
  };
}

const endOf = (parts: readonly string[], count: number): string => `${count}/${parts.slice(-count).join('/')}`;

function commonFolder(folders: readonly string[]): string {
  const [first = [], ...others] = folders.map((folder) => folder.split(sep));
  const length = first.findIndex((part, index) => others.some((other) => other[index] !== part));
  return first.slice(0, length < 0 ? first.length : length).join(sep) || sep;
}
