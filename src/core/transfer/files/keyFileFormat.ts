import * as l10n from '@vscode/l10n';
import { type BulkFormat, type BulkPlace, endingFormat, findBulkFile, isFolder } from './bulkFormat.ts';
import { notOfFormat } from './fileErrors.ts';
import { InputFile } from './inputFile.ts';
import { readJsonText } from './jsonText.ts';

/**
 * The format is detected from this many characters. A longer line is taken for JSON, whose parser reports if it is not.
 */
const LOOKED_AT = 1 << 16;

/**
 * Finds what to read at a path that lists keys. Known extensions are treated as for a bulk file; any other file, such
 * as the redirected output of a command, by its content. Throws `invalidInput` if the format is not certain, because
 * the listed keys are going to be deleted.
 */
export async function findKeyFile(path: string, given?: BulkFormat): Promise<BulkPlace> {
  const ending = endingFormat(path);
  const isTold = given !== undefined || (ending !== undefined && ending !== 'folder');
  if (isTold || (await isFolder(path))) return await findBulkFile(path, given);
  return { path, format: await formatOfContent(path) };
}

async function formatOfContent(path: string): Promise<BulkFormat> {
  const text = (await beginningOf(path)).trimStart();
  if (text === '' || text.startsWith('[')) return 'json';
  if (text.startsWith('"')) return 'ndjson';
  if (!text.startsWith('{')) {
    throw notOfFormat(path, l10n.t('it holds no JSON. Name its format, or list the keys as a JSON array.'));
  }
  const [line = '', ...more] = text.split('\n');
  const first = objectOf(line);
  if (first === undefined) return 'json';
  if (more.some((one) => one.trim() !== '')) return 'ndjson';
  if (typeof first.key !== 'string' && typeof first.name !== 'string') return 'json';
  throw notOfFormat(path, l10n.t('its only line may be one key, or an object of keys. Name its format.'));
}

async function beginningOf(path: string): Promise<string> {
  await using file = await InputFile.open(path);
  let text = '';
  for await (const piece of readJsonText(file, undefined)) {
    text += piece;
    if (text.length >= LOOKED_AT) break;
  }
  return text;
}

function objectOf(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
