import { randomBytes } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';

/** Of the values, in bytes. */
const SIZES = [100_000, 250_000, 1_000_000, 500_000, 150_000];

const random = randomBytes(Math.max(...SIZES));
const text = JSON.stringify(
  Array.from({ length: 20_000 }, (_, id) => ({ id, name: `user “${id}”`, note: id % 5 === 0 ? 'née\n' : 'plain' })),
);

/**
 * An NDJSON as we export it, of so many bytes or a little more, text and binary values by turns; gives their number.
 */
export function writeLargeFile(path: string, bytes: number): number {
  const file = openSync(path, 'wx');
  let count = 0;
  try {
    for (let written = 0; written < bytes; count++) {
      const size = SIZES[count % SIZES.length] ?? 0;
      const isText = count % 2 === 0;
      const item = {
        key: `item:${String(count).padStart(6, '0')}`,
        value: isText ? text.slice(0, size) : random.toString('base64', 0, size),
        ...(!isText && { base64: true }),
        metadata: { count, isText },
        ...(count % 3 === 0 && { expiration: 2_000_000_000 + count }),
      };
      written += writeSync(file, `${JSON.stringify(item)}\n`);
    }
  } finally {
    closeSync(file);
  }
  return count;
}
