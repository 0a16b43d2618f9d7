import { parentPort } from 'node:worker_threads';
import { faultOf } from '../sqlite/fault.ts';
import { loadSqlite } from '../sqlite/sqlite.ts';
import { withoutExperimentalWarnings } from '../sqlite/warnings.ts';
import { partSpace } from './partSpace.ts';
import type { PartReply, PartTask, SpaceReply, SpaceTask } from './spaceProtocol.ts';
import { wholeSpace } from './wholeSpace.ts';

/*
 * A thread that counts a namespace, or a thread or process that counts one part for it. The thread that reads for the
 * view is not used, because many rows take a while and the view must go on meanwhile.
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
// Loaded before there is anything to do, because a process may have to wait for its task.
void loadSqlite();
(parentPort ?? process).once('message', (task: SpaceTask | PartTask) => void answer(task).then(send));
// The extension host of this process has gone.
process.once('disconnect', () => process.exit());
