import type { InputFile } from './inputFile.ts';
import { readText } from './readText.ts';

/**
 * Lines that may precede the JSON if the output of a command was redirected to a file: a package manager's echo,
 * wrangler's banner, and its messages about the location and the result. None of them starts like a JSON array or
 * object.
 */
const BEFORE =
  /^(?:[ \t]*(?:> .*|\$ .*|yarn run v.*|(?:npm|pnpm|yarn|bun|bunx|npx) .*|⛅.*|[─-]{3,}|Resource location: .*|Success![ \t]*|\(node:\d+\) .*)?\r?\n)+(?=\s*[[{])/u;
/** What may follow the JSON: older versions of wrangler report success, and yarn reports the duration. */
const BEHIND = /([\]}])(?:\s*(?:Success!|(?:✨\s*)?Done in \d+(?:\.\d+)?m?s\.))+\s*$/u;
/** This many characters are held back, to detect what follows the JSON. */
const KEPT = 256;

/** The text of a JSON file, without what tools print around the JSON, if that can be recognised with certainty. */
export async function* readJsonText(file: InputFile, signal: AbortSignal | undefined): AsyncGenerator<string> {
  let kept = '';
  let isFirst = true;
  for await (const read of readText(file, signal)) {
    const piece = isFirst ? read.replace(BEFORE, '') : read;
    isFirst = false;
    if (piece.length <= KEPT) {
      kept += piece;
      if (kept.length <= KEPT * 2) continue;
      yield kept.slice(0, -KEPT);
      kept = kept.slice(-KEPT);
      continue;
    }
    if (kept !== '') yield kept;
    yield piece.slice(0, -KEPT);
    kept = piece.slice(-KEPT);
  }
  const last = kept.replace(BEHIND, '$1');
  if (last !== '') yield last;
}
