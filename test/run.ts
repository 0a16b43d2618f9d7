// npm test [-- STAGE… --grep TEXT]: every stage, or the named ones; the last line is "N passed, N failed".
import { parseArgs } from 'node:util';
import { type Outcome, single } from './runner/outcome.ts';
import { stages } from './runner/stages.ts';
import { exitOnSignals } from './vscodeHost/exitOnSignals.ts';

type StageName = keyof typeof stages;

function isStage(name: string): name is StageName {
  return Object.hasOwn(stages, name);
}

/** A stage that breaks off has failed; the next ones run all the same. */
async function attempt(name: StageName, isBeside = false): Promise<Outcome> {
  const start = performance.now();
  let outcome: Outcome;
  try {
    outcome = await stages[name](values.grep, isBeside);
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
const unknown = positionals.filter((name) => !isStage(name));
if (unknown.length > 0) {
  throw new Error(`No such stage: ${unknown.join(', ')}. There are ${Object.keys(stages).join(', ')}`);
}
const chosen = positionals.length > 0 ? positionals.filter(isStage) : Object.keys(stages).filter(isStage);

exitOnSignals();

/**
 * One after another. Within a step the lanes run at the same time, each in its order: contract waits for wrangler most of
 * its time, and host for its window. The output of later lanes is kept back, stage by stage.
 */
const steps: readonly (readonly (readonly StageName[])[])[] = [
  [['types', 'lint', 'knip', 'package']],
  [['host'], ['unit', 'contract']],
  [['ui']],
];

const outcomes: Outcome[] = [];

async function runAll(names: readonly StageName[], isBeside = false): Promise<void> {
  for (const name of names.filter((stage) => chosen.includes(stage))) {
    if (!isBeside) console.log(`\n── ${name}`);
    outcomes.push(await attempt(name, isBeside));
  }
}

for (const step of steps) {
  const lanes = step.filter((lane) => lane.some((name) => chosen.includes(name)));
  await Promise.all(lanes.map((lane, index) => runAll(lane, index > 0)));
}

const failures = outcomes.flatMap((outcome) => outcome.failures);
if (failures.length > 0) {
  console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join('\n')}`);
}
const sum = (field: 'passed' | 'failed') => outcomes.reduce((total, outcome) => total + outcome[field], 0);
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
process.exitCode = sum('failed') > 0 ? 1 : 0;
