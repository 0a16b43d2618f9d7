import type { JsonValue, KvEntry } from '../../src/core/entry/entry.ts';

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));

const keys = [
  'a',
  'a//b',
  '/a',
  'a/',
  '.x',
  '...',
  'a/../b',
  'C:/x',
  '100%',
  'a%2Fb',
  'x?y#z',
  '🦊 ünï',
  'back\\slash',
  'nul\u0000nul',
  'tab\t',
  'two\nlines',
  'cr\r',
  '"quoted"',
  "it's",
  'comma,comma',
  ' lead',
  'trail ',
  '\ufeffbom',
  '__proto__',
  'constructor',
  'toString',
  'length',
  '0',
  '-1',
  'null',
  'true',
  '{',
  '[1]',
  'user:1',
  'USER:1',
  'User:1',
  'kv-manifest.json',
  'KV-Manifest.json',
  'é',
  'e\u0301',
  'line\u2028separator',
  'x'.repeat(512),
  '語'.repeat(170),
];
const values = [
  ...['', 'text', '{"a":1}', 'ünï 🦊 \ufeff\r\n', '\ufeff', ' spaces ', '"', ',', '\n', 'a\rb', 'true', 'dGV4dA=='].map(
    text,
  ),
  Uint8Array.of(0),
  Uint8Array.of(255, 254),
  Uint8Array.from({ length: 256 }, (_, i) => 255 - i),
  new Uint8Array(5000).map((_, i) => (i * 7) >> 2),
];
const metadata: readonly (JsonValue | undefined)[] = [
  undefined,
  { by: 'anna' },
  { a: null, deep: { er: [1, 'two', {}] } },
  {},
  [],
  [null],
  0,
  -1.5,
  false,
  true,
  '',
  'text, "quoted"\r\n',
  { 'ünï 🦊': '\u2028', 7: 1 },
  { '\ufeffbom': '\ufeff nul\u0000' },
  { constructor: null, toString: 1 },
  [1e300, -0.1, 5e-324, 9_007_199_254_740_991],
];

/**
 * The given number of entries with unusual keys, values, metadata and expirations, all different; `later` is in Unix
 * seconds.
 */
export function awkwardEntries(count: number, later: number): KvEntry[] {
  return Array.from({ length: count }, (_, i) => {
    const about = metadata[i % metadata.length];
    return {
      key: keys[i] ?? `key ${i} ${keys[i % keys.length]?.slice(0, 100)}`,
      value: values[i % values.length] ?? text(''),
      ...(about !== undefined && { metadata: about }),
      ...(i % 3 === 0 && { expiration: later + i }),
    };
  });
}
