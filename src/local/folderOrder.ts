import { sep } from 'node:path';

/**
 * Sorts folders as the file explorer shows them: those of the first workspace folder come first, and subfolders follow
 * their folder. Folders outside of all workspace folders come last.
 */
export function inFolderOrder(folders: readonly string[], workspaceFolders: readonly string[]): readonly string[] {
  // If workspace folders are nested, the innermost counts.
  const roots = workspaceFolders.map((root, at) => ({ root, at })).sort((a, b) => b.root.length - a.root.length);
  const rankOf = (folder: string): number =>
    roots.find(({ root }) => folder === root || folder.startsWith(root + sep))?.at ?? roots.length;
  return folders
    .map((folder) => ({ folder, rank: rankOf(folder), parts: folder.split(sep) }))
    .sort((a, b) => a.rank - b.rank || compareParts(a.parts, b.parts))
    .map(({ folder }) => folder);
}

function compareParts(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((part, index) => part !== b[index]);
  const [left, right] = [a[at], b[at]];
  if (left === undefined || right === undefined) return a.length - b.length;
  return left < right ? -1 : 1;
}
