import type { KvPage, ListQuery } from '../../src/core/store/store.ts';
import { MemoryStore } from './memoryStore.ts';

const BEHIND = 'behind:';

/** A namespace whose listings begin with two empty pages, as those of an account may. */
export class EmptyPages extends MemoryStore {
  override async list(query: ListQuery, signal?: AbortSignal): Promise<KvPage> {
    const { cursor, ...rest } = query;
    if (cursor === undefined) return { keys: [], cursor: `${BEHIND}1` };
    if (cursor === `${BEHIND}1`) return { keys: [], cursor: `${BEHIND}2` };
    return await super.list(cursor === `${BEHIND}2` ? rest : query, signal);
  }
}
