import { stat } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import * as l10n from '@vscode/l10n';
import { KvError } from '../../base/errors.ts';
import { fileError } from './fileErrors.ts';

export const bulkFormats = ['json', 'ndjson', 'csv', 'folder'] as const;
export type BulkFormat = (typeof bulkFormats)[number];

/** The file in an exported folder that lists its files, with everything that a file itself cannot hold. */
export const MANIFEST = 'kv-manifest.json';

const ENDINGS: Readonly<Record<string, BulkFormat>> = {
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.csv': 'csv',
  '': 'folder',
};

/** The format for the extension of a path; a folder if it has none, `undefined` for an unknown extension. */
export const endingFormat = (path: string): BulkFormat | undefined => ENDINGS[extname(path).toLowerCase()];

/** Like {@link endingFormat}, but throws `invalidInput` for an unknown extension. */
export function formatOfPath(path: string): BulkFormat {
  const format = endingFormat(path);
  if (format !== undefined) return format;
  throw new KvError(
    'invalidInput',
    l10n.t(
      '{0} has an ending that stands for no format. Use .json, .ndjson, .csv, or a folder without an ending.',
      basename(path),
    ),
  );
}

export interface BulkPlace {
  readonly path: string;
  readonly format: BulkFormat;
}

/**
 * Finds what to read at a path: a folder, or a file in the `given` format or the one of its extension. The manifest of
 * a folder stands for the folder. Throws `invalidInput`.
 */
export async function findBulkFile(path: string, given?: BulkFormat): Promise<BulkPlace> {
  if (await isFolder(path)) {
    if (given === undefined || given === 'folder') return { path, format: 'folder' };
    throw new KvError('invalidInput', l10n.t('{0} is a folder.', basename(path)));
  }
  if (basename(path) === MANIFEST && (given === undefined || given === 'folder')) {
    return { path: dirname(path), format: 'folder' };
  }
  const format = given ?? formatOfPath(path);
  if (format !== 'folder') return { path, format };
  throw new KvError(
    'invalidInput',
    given === undefined
      ? l10n.t('{0} has no ending. Use .json, .ndjson or .csv, or a folder.', basename(path))
      : l10n.t('{0} is a file, not a folder.', basename(path)),
  );
}

/** Throws if nothing exists at the path. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw fileError(path, error);
  }
}
