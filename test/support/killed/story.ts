import type { KvEntry } from '../../../src/core/entry/entry.ts';

/** What the killed process does. */
export interface KilledWork {
  readonly folder: string;
  readonly kind: 'delete' | 'import' | 'sync';
  readonly count: number;
}

export const namespace = { source: 'local', id: 'killed' };

export const keysOf = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `key:${String(i).padStart(4, '0')}`);

export const oldEntry = (i: number): KvEntry => ({
  key: `key:${String(i).padStart(4, '0')}`,
  value: Uint8Array.from(Buffer.from(`old ${i}`)),
  ...(i % 2 === 0 && { metadata: { i } }),
  ...(i % 3 === 0 && { expiration: 2_000_000_000 + i }),
});

export const wantedEntry = (i: number): KvEntry => ({
  ...oldEntry(i),
  value: Uint8Array.from(Buffer.from(`new ${i}`)),
});
