import { createHash, createHmac } from 'node:crypto';

/*
 * How Miniflare names the files of a KV namespace: the database after the id of its Durable Object, the folder of
 * values after the sanitised namespace id. Seen on disk with wrangler 4.86 and 4.164; the tests have tables of observed
 * names.
 */
const OBJECT_CLASS = 'miniflare-KVNamespaceObject';
const CLASS_KEY = createHash('sha256').update(OBJECT_CLASS).digest();
const HASH = /^[0-9a-f]{64}$/;
const MAX_FOLDER_NAME = 255;

const firstHalf = (data: string | Uint8Array): Buffer =>
  createHmac('sha256', CLASS_KEY).update(data).digest().subarray(0, 16);

/** 64 lower-case hex digits: the name of the namespace's database without its extension. It cannot be inverted. */
export function databaseHash(namespaceId: string): string {
  const a = firstHalf(namespaceId);
  return Buffer.concat([a, firstHalf(a)]).toString('hex');
}

/** True for anything that {@link databaseHash} can return. */
export const isDatabaseHash = (text: string): boolean => HASH.test(text);

/** Name of the folder that holds `blobs/`. Two ids can share one, so never list or delete values by folder. */
export function blobsFolderName(namespaceId: string): string {
  const safe = namespaceId
    .split(/([/\\])/)
    .map((part) => (/^\.+$/.test(part) ? '_'.repeat(part.length) : part))
    .join('')
    .replace(/[?<>*"'^/\\:|\u0000-\u001f\u0080-\u009f]/g, '_')
    .replace(/^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$/i, '_')
    .replace(/^[ /\\]+/, (run) => '_'.repeat(run.length))
    .replace(/[ /\\]+$/, (run) => '_'.repeat(run.length));
  return safe.slice(0, MAX_FOLDER_NAME);
}

/** Ids for which Miniflare itself keeps no values: they begin with a dot, but their first segment is not all dots. */
export const isBrokenInMiniflare = (namespaceId: string): boolean => /^\.+[^./\\]/.test(namespaceId);
