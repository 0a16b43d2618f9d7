import { parentPort, workerData } from 'node:worker_threads';
import { type Find, hitsIn, MOST_MATCHES } from './hits.ts';
import {
  IDLE,
  LINE,
  type SearchedText,
  type SearchReply,
  type SearchRequest,
  type SearchThreadData,
  TEXT,
  textOf,
} from './searchProtocol.ts';

/*
 * The thread that runs a search: large values take a while, and a user's regular expression may never finish. The host
 * watches the shared counters and ends the thread when they stop changing.
 */

/** Results are handed over after this many texts or milliseconds. The rest is computed again if the thread is ended. */
const MOST_HELD = 100;
const MOST_MS = 50;

const { pattern, progress: shared } = workerData as SearchThreadData;
const progress = new Int32Array(shared);
const find = finder();

function finder(): Find {
  if ('text' in pattern) return (line) => line.indexOf(pattern.text);
  const expression = new RegExp(pattern.source, pattern.flags);
  return (line) => expression.exec(line)?.index ?? -1;
}

function hitsOf(text: SearchedText, cut: SearchRequest['cut'], most: number): SearchReply[number] {
  try {
    return hitsIn(textOf(text), cut, find, most, () => Atomics.add(progress, LINE, 1));
  } catch {
    // The expression needs more stack than there is.
    return null;
  }
}

parentPort?.on('message', ({ texts, cut }: SearchRequest) => {
  let held: SearchReply[number][] = [];
  let since = performance.now();
  let most = MOST_MATCHES + 1;
  for (const [at, text] of texts.entries()) {
    Atomics.store(progress, TEXT, at);
    const hits = hitsOf(text, cut, most);
    most -= hits?.length ?? 0;
    held.push(hits);
    if (at < texts.length - 1 && held.length < MOST_HELD && performance.now() - since < MOST_MS) continue;
    Atomics.store(progress, TEXT, IDLE);
    parentPort?.postMessage(held satisfies SearchReply);
    held = [];
    since = performance.now();
  }
});
