import { basename, relative, sep } from 'node:path';
import { defaultStateFolder } from './stateFolder.ts';

interface Labelled {
  readonly projectFolder: string;
  readonly stateFolder: string;
  readonly label: string;
}

/** So many folders of a path tell where something is. */
const FEW = 2;

/** Puts the folder beside the name where several have one, as short as tells them apart: "shop (worktrees/x)". */
export function distinctLabels<T extends Labelled>(projects: readonly T[]): readonly T[] {
  const alike = Map.groupBy(projects, ({ label }) => label);
  return projects.map((project) => {
    const folders = [...new Set(alike.get(project.label)?.map(folderOf))];
    if (folders.length < 2) return project;
    return { ...project, label: `${project.label} (${shortFolder(folderOf(project), folders)})` };
  });
}

/** A state folder of its own says more than the project that it was added to. */
const folderOf = ({ projectFolder, stateFolder }: Labelled): string =>
  stateFolder === defaultStateFolder(projectFolder) ? projectFolder : stateFolder;

/** The path below the folder that holds them all; its end only, where that is as good. */
function shortFolder(folder: string, folders: readonly string[]): string {
  const common = commonFolder(folders);
  const below = (path: string): string => relative(common, path) || basename(path);
  const own = below(folder).split(sep);
  for (let count = Math.min(FEW, own.length); count < own.length; count++) {
    const end = own.slice(-count).join(sep);
    const isOthersToo = folders.some(
      (other) => other !== folder && below(other).split(sep).slice(-count).join(sep) === end,
    );
    if (!isOthersToo) return own.slice(-count).join('/');
  }
  return own.join('/');
}

function commonFolder([first = '', ...others]: readonly string[]): string {
  const parts = first.split(sep);
  const length = parts.findIndex((part, index) => others.some((other) => other.split(sep)[index] !== part));
  return parts.slice(0, length < 0 ? parts.length : length).join(sep) || sep;
}
