import { parentPort } from 'node:worker_threads';
import { faultOf } from './fault.ts';
import { Follower } from './follower.ts';
import { Handles } from './handles.ts';
import { diskIo } from './io.ts';
import { Lister } from './list.ts';
import { probe } from './probe.ts';
import type { OperationName, Operations, Reply, Request } from './protocol.ts';
import { read, sampleBlobs, versions, writtenSince } from './read.ts';
import { loadSqlite } from './sqlite.ts';
import { withoutExperimentalWarnings } from './warnings.ts';
import { NamespaceWriter } from './write.ts';

/*
 * The worker thread. SQLite in Node is synchronous, so everything happens here, one request after another.
 */

const handles = new Handles();
const lister = new Lister(handles);
const follower = new Follower();
const writer = new NamespaceWriter(diskIo, { keepOpen });

function keepOpen(database: string): void {
  try {
    handles.get(database);
  } catch {
    // It could not be opened for reading, so it is closed for good, and the next reader is told why.
  }
}

/** The database file of a request; its handle is closed after an error. */
const databaseOf = ({ name, args }: Request): string => {
  switch (name) {
    case 'probe':
      return args.lock;
    case 'sampleBlobs':
    case 'hasChanged':
    case 'writtenSince':
      return args.database;
    case 'unfollow':
    case 'keptValue':
      return '';
    default:
      return args.files.database;
  }
};

function run(request: Request): Operations[OperationName]['result'] {
  switch (request.name) {
    case 'list':
      return lister.list(request.args);
    case 'read':
      return read(handles, request.args);
    case 'versions':
      return versions(handles, request.args);
    case 'put':
      return handles.writing(request.args.files.database, () => writer.put(request.args));
    case 'delete':
      return handles.writing(request.args.files.database, () => writer.delete(request.args));
    case 'removeNamespace':
      handles.drop(request.args.files.database);
      return writer.removeNamespace(request.args);
    case 'sampleBlobs':
      return sampleBlobs(handles, request.args);
    case 'probe':
      return probe(request.args.lock);
    case 'writtenSince':
      return writtenSince(handles, request.args);
    case 'follow':
      return follower.follow(request.args, Date.now());
    case 'unfollow':
      return follower.unfollow(request.args.databases);
    case 'keptValue':
      return follower.value(request.args.name);
    case 'hasChanged':
      return handles.hasChanged(request.args.database);
  }
}

/** Buffers that are moved to the other thread instead of being copied. */
function transferable(result: Operations[OperationName]['result']): ArrayBuffer[] {
  if (typeof result !== 'object' || result === null) return [];
  return 'consumed' in result ? result.entries.map((entry) => entry.value.buffer) : [];
}

function answer(request: Request): void {
  let reply: Reply;
  let transfer: ArrayBuffer[] = [];
  try {
    const result = run(request);
    reply = { id: request.id, result };
    transfer = transferable(result);
  } catch (error) {
    const database = databaseOf(request);
    handles.drop(database);
    reply = { id: request.id, fault: faultOf(error, database) };
  }
  parentPort?.postMessage(reply, transfer);
  // Frees megabytes at once: this thread makes so little garbage that it rarely collects any.
  if (request.name === 'put') request.args.batch.bytes.buffer.transfer(0);
  if (request.name === 'list') setImmediate(() => lister.readAhead());
}

withoutExperimentalWarnings();
void loadSqlite().then(() => parentPort?.on('message', answer));
