import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { nowSeconds } from '../../core/entry/entry.ts';
import { MIN_LIFETIME_SECONDS } from '../../core/entry/limits.ts';
import { isNoReply, isStaleConnection } from './http.ts';
import type { NamespaceApi } from './namespaceApi.ts';
import type { Answer } from './reply.ts';

/** A few seconds above the minimum, because the server's clock decides. */
const LIFETIME_SECONDS = MIN_LIFETIME_SECONDS + 5;
const DELETE_ATTEMPTS = 3;
const DELETE_PAUSE_MS = 100;
/** No such namespace: sent by versions that do not create one. */
const NAMESPACE_MISSING = 10013;

const CANARY = 'cloudflare-kv-canary-';
/** Whether a key belongs to one of our test entries and so is not a user's data. */
export const isCanary = (key: string): boolean =>
  key.startsWith(CANARY) && /^[0-9a-f]{32}$/.test(key.slice(CANARY.length));

/** Tells whether an entry lies in the files that are expected to hold it. */
export type Witness = (key: string, value: Uint8Array) => Promise<boolean>;

export interface Proof {
  readonly outcome: 'proved' | 'elsewhere' | 'unknownNamespace' | 'failing' | 'gone';
  /** The key of a test entry that could not be deleted again. */
  readonly leftover?: string;
}

/**
 * Tests whether a dev server keeps a namespace in the files that we read: puts a test entry, looks for it, and always
 * deletes it. If the server supports it, the entry also expires by itself. Rejects with what the witness throws.
 */
export async function prove(api: NamespaceApi, isSeen: Witness): Promise<Proof> {
  const id = randomBytes(16).toString('hex');
  const key = CANARY + id;
  const value = Buffer.from(id);
  const put = await putCanary(api, key, value);
  if (put === 'gone') return { outcome: 'gone', ...(await leftover(api, key)) };
  if (put.kind !== 'ok') {
    const isMissing = put.kind === 'error' && put.code === NAMESPACE_MISSING;
    return isMissing ? { outcome: 'unknownNamespace' } : { outcome: 'failing', ...(await leftover(api, key)) };
  }
  let isHere: boolean;
  try {
    isHere = await isSeen(key, value);
  } catch (error) {
    await leftover(api, key);
    throw error;
  }
  return { outcome: isHere ? 'proved' : 'elsewhere', ...(await leftover(api, key)) };
}

async function putCanary(api: NamespaceApi, key: string, value: Uint8Array): Promise<Answer | 'gone'> {
  try {
    const answer = await again(() => api.putBulk([{ key, value, expiration: nowSeconds() + LIFETIME_SECONDS }]));
    if (answer.kind !== 'foreign') return answer;
    api.hasBulk = false;
    return await again(() => api.put({ key, value }));
  } catch (error) {
    if (isNoReply(error)) return 'gone';
    throw error;
  }
}

/** Retries once. Nobody else writes this key, so writing it twice does no harm. */
async function again(put: () => Promise<Answer>): Promise<Answer> {
  try {
    return await put();
  } catch (error) {
    if (!isStaleConnection(error)) throw error;
    return await put();
  }
}

/** Deletes the test entry; returns its key if that failed. */
async function leftover(api: NamespaceApi, key: string): Promise<{ leftover?: string }> {
  for (let attempt = 1; ; attempt++) {
    try {
      if ((await api.delete(key)).kind === 'ok') return {};
    } catch (error) {
      if (!isNoReply(error)) throw error;
    }
    if (attempt === DELETE_ATTEMPTS) return { leftover: key };
    await wait(DELETE_PAUSE_MS);
  }
}
