import { parentPort, workerData } from 'node:worker_threads';
import { hitsIn, MOST_MATCHES } from './hits.ts';
import { IDLE, LINE, type RegexReply, type RegexRequest, type RegexThreadData, TEXT } from './regexProtocol.ts';

/*
 * The thread in which a user's regular expression runs. Whoever started it sees in the shared numbers where it is, and
 * ends it when it gets no further.
 */

/** Results are handed over after so many texts or milliseconds: what was not is done again when the thread is ended. */
const MOST_HELD = 100;
const MOST_MS = 50;

const { source, flags, progress: shared } = workerData as RegexThreadData;
const progress = new Int32Array(shared);
const expression = new RegExp(source, flags);

function hitsOf(text: string, cut: RegexRequest['cut'], most: number): RegexReply[number] {
  try {
    return hitsIn(
      text,
      cut,
      (line) => expression.exec(line)?.index ?? -1,
      most,
      () => Atomics.add(progress, LINE, 1),
    );
  } catch {
    // It needs more of the stack than there is.
    return null;
  }
}

parentPort?.on('message', ({ texts, cut }: RegexRequest) => {
  let held: RegexReply[number][] = [];
  let since = performance.now();
  let most = MOST_MATCHES + 1;
  for (const [at, text] of texts.entries()) {
    Atomics.store(progress, TEXT, at);
    const hits = hitsOf(text, cut, most);
    most -= hits?.length ?? 0;
    held.push(hits);
    if (at < texts.length - 1 && held.length < MOST_HELD && performance.now() - since < MOST_MS) continue;
    Atomics.store(progress, TEXT, IDLE);
    parentPort?.postMessage(held satisfies RegexReply);
    held = [];
    since = performance.now();
  }
});
