import type { InputFile } from './inputFile.ts';
import { readText } from './readText.ts';

/**
 * Lines that stand before the JSON where the output of a command was redirected: a package manager's echo, wrangler's
 * banner, its word on the place and on how it went. None of them begins as a JSON array or object does.
 */
const BEFORE =
  /^(?:[ \t]*(?:> .*|\$ .*|yarn run v.*|(?:npm|pnpm|yarn|bun|bunx|npx) .*|⛅.*|[─-]{3,}|Resource location: .*|Success![ \t]*|\(node:\d+\) .*)?\r?\n)+(?=\s*[[{])/u;
/** What stands behind it: older wranglers say so of every command, yarn how long it took. */
const BEHIND = /([\]}])(?:\s*(?:Success!|(?:✨\s*)?Done in \d+(?:\.\d+)?m?s\.))+\s*$/u;
/** So many characters are kept back, for what stands behind. */
const KEPT = 256;

/** The text of a JSON file, without what tools print around the JSON where that is certain. */
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
