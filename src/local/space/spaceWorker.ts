import { parentPort } from 'node:worker_threads';
import { faultOf } from '../sqlite/fault.ts';
import { loadSqlite } from '../sqlite/sqlite.ts';
import { withoutExperimentalWarnings } from '../sqlite/warnings.ts';
import { partSpace } from './partSpace.ts';
import type { PartReply, PartTask, SpaceReply, SpaceTask } from './spaceProtocol.ts';
import { wholeSpace } from './wholeSpace.ts';

/*
 * A thread that adds up a namespace; or a thread or a process that adds up a part of it for that one. None of them is
 * the thread that reads for the view, which is to go on meanwhile: many rows take a while.
 */

function send(reply: SpaceReply | PartReply): void {
  if (parentPort) parentPort.postMessage(reply);
  else process.send?.(reply);
}

async function answer(task: SpaceTask | PartTask): Promise<SpaceReply | PartReply> {
  const onKeys = (keys: number): void => send({ keys });
  try {
    await loadSqlite();
    return 'part' in task ? { part: await partSpace(task, onKeys) } : { space: await wholeSpace(task, onKeys) };
  } catch (error) {
    return { fault: faultOf(error, task.files.database) };
  }
}

withoutExperimentalWarnings();
// Before there is anything to do: a process may wait for that.
void loadSqlite();
(parentPort ?? process).once('message', (task: SpaceTask | PartTask) => void answer(task).then(send));
// A process whose host has gone.
process.once('disconnect', () => process.exit());
