// npm run bench [-- NAME…]: all figures but those that take hours, or those of the benches whose names begin so. See
// results.ts for what it writes.
import { exitOnSignals } from '../vscodeHost/exitOnSignals.ts';
import { activation } from './activation.ts';
import { activity } from './activity.ts';
import { changeModel } from './changeModel.ts';
import { changes } from './changes.ts';
import { codeHelp } from './codeHelp.ts';
import { devServer } from './devServer.ts';
import { discovery } from './discovery.ts';
import type { Bench, Figure } from './figure.ts';
import { files } from './files.ts';
import { inside } from './inside.ts';
import { isolation } from './isolation.ts';
import { localList } from './localList.ts';
import { localPut } from './localPut.ts';
import { memory } from './memory.ts';
import { pages } from './pages.ts';
import { remoteExport } from './remoteExport.ts';
import { remoteSave } from './remoteSave.ts';
import { writeResults } from './results.ts';
import { space } from './space.ts';
import { table } from './table.ts';
import { tree } from './tree.ts';
import { undo } from './undo.ts';

/** In the order of the table. */
const benches: Readonly<Record<string, Bench>> = {
  activation,
  localList,
  localPut,
  undo,
  changes,
  files,
  devServer,
  activity,
  space,
  tree,
  isolation,
  memory,
  codeHelp,
  pages,
  discovery,
  remoteExport,
  remoteSave,
  inside,
  changeModel,
};
/** They take hours. */
const onlyNamed: ReadonlySet<string> = new Set(['changeModel']);
const names = Object.keys(benches);

/** A bench that breaks off has failed; the next ones run all the same. */
async function attempt(name: string, bench: Bench): Promise<readonly Figure[]> {
  try {
    return await bench();
  } catch (error) {
    console.error(error);
    const measured = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    return [{ work: name, mustReach: 'an end', measured, ok: false, numbers: {} }];
  }
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((start) => !names.some((name) => name.startsWith(start)));
if (unknown.length > 0) {
  throw new Error(`No such bench: ${unknown.join(', ')}. There are ${names.join(', ')}`);
}

exitOnSignals();

const measured = new Map<string, readonly Figure[]>();
for (const [name, bench] of Object.entries(benches)) {
  const isMeant = wanted.some((start) => name.startsWith(start) && (name === start || !onlyNamed.has(name)));
  if (isMeant || (wanted.length === 0 && !onlyNamed.has(name))) {
    console.log(`\n── ${name}`);
    measured.set(name, await attempt(name, bench));
    // Now, so that a run that is given up keeps what it has.
    writeResults(names, measured);
  }
}
const figures = [...measured.values()].flat();
console.log(`\n${table(figures)}`);
process.exitCode = figures.every((figure) => figure.ok) ? 0 : 1;
