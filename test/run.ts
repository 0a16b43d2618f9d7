// npm test [-- STAGE… --grep TEXT]: every stage, or the named ones; the last line is "N passed, N failed".
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Outcome, single, together } from './runner/outcome.ts';
import { temporaryFolder } from './runner/runFolder.ts';
import { type Piece, steps } from './runner/stages.ts';
import { exitOnSignals } from './vscodeHost/exitOnSignals.ts';

/** A piece that breaks off has failed; the next ones run all the same. */
async function attempt(piece: Piece, isBeside: boolean): Promise<Outcome> {
  const name = piece.part === undefined ? piece.stage : `${piece.stage}, ${piece.part}`;
  if (!isBeside) console.log(`\n── ${name}`);
  const start = performance.now();
  let outcome: Outcome;
  try {
    outcome = await piece.run(values.grep, isBeside);
  } catch (error) {
    console.error(error);
    outcome = single(`${name}: ${error instanceof Error ? error.message : error}`, false);
  }
  const { passed, failed, skipped } = outcome;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`── ${name}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`);
  return outcome;
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { grep: { type: 'string' } } });
const names = [...new Set(steps.flatMap(({ pieces }) => pieces.map(({ stage }) => stage)))];
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  throw new Error(`No such stage: ${unknown.join(', ')}. There are ${names.join(', ')}`);
}
const isChosen = ({ stage }: Piece): boolean => positionals.length === 0 || positionals.includes(stage);

exitOnSignals();

// For all that is started: wrangler and others start many times, and are compiled once.
process.env.NODE_COMPILE_CACHE ??= join(temporaryFolder, 'compiled');

const outcomes: Outcome[] = [];

for (const { lanes, pieces } of steps) {
  const queue = pieces.filter(isChosen);
  const takeAll = async (lane: number): Promise<void> => {
    for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) {
      // The first lane prints as it goes.
      outcomes.push(await attempt(piece, lane > 0));
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, queue.length) }, (_, lane) => takeAll(lane)));
}

const { passed, failed, failures } = together(outcomes);
if (failures.length > 0) {
  console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join('\n')}`);
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
