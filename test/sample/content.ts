import { discPng } from './image.ts';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** One key of the sample; what is not given is not set. */
export interface SampleEntry {
  readonly key: string;
  readonly value: string | Uint8Array;
  readonly metadata?: unknown;
  readonly expirationTtl?: number;
}

/** Namespace ids of the sample, as its wrangler configs name them. */
export const sampleIds = {
  sessions: '5e551000000000000000000000000000',
  flags: 'f1a65000000000000000000000000000',
  flagsPreview: 'de4f1a65000000000000000000000000',
  cache: 'cac4e000000000000000000000000000',
  catalog: 'ca7a1060000000000000000000000000',
  rates: '4a7e5000000000000000000000000000',
  ratesStaging: '57a94a7e500000000000000000000000',
} as const;

function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

function sessions(): SampleEntry[] {
  const people = ['anna', 'ben', 'chloé', 'dmitri', 'emre', 'fatima'];
  const users = people.flatMap((name, index): SampleEntry[] => {
    const user = `user:${1001 + index}`;
    return [
      { key: user, value: json({ name, since: 2020 + index }), metadata: { plan: index % 2 ? 'free' : 'pro' } },
      { key: `${user}:cart`, value: json({ items: [{ sku: `book:${1000 + index}`, count: index + 1 }] }) },
      { key: `${user}:theme`, value: index % 2 ? 'light' : 'dark' },
    ];
  });
  return [
    ...users,
    { key: 'visitor:leaving', value: json({ seen: '/checkout' }), expirationTtl: 90 },
    { key: 'visitor:browsing', value: json({ seen: '/books' }), expirationTtl: 45 * minute, metadata: { by: 'anna' } },
    { key: 'visitor:remembered', value: json({ seen: '/' }), expirationTtl: 3 * hour },
    { key: 'token:refresh', value: 'not-a-real-token', expirationTtl: 12 * day },
    { key: 'greeting', value: 'Hello from KV', metadata: { by: 'anna', reviewed: true } },
    { key: 'empty', value: '' },
    { key: 'import/mixed-line-endings.txt', value: 'one\r\ntwo\nthree\r\n' },
    { key: 'import/🛒', value: 'a cart', metadata: 'emoji keys are fine' },
  ];
}

function cache(): SampleEntry[] {
  return [
    { key: 'images/logo', value: discPng(96), metadata: { contentType: 'image/png' } },
    { key: 'images/thumbnails/book.png', value: discPng(32) },
    { key: 'pages/robots.txt', value: 'User-agent: *\nDisallow: /checkout\n', expirationTtl: 5 * minute },
    { key: 'pages/feed.xml', value: '<?xml version="1.0"?>\n<feed><title>Shop</title></feed>\n', metadata: 3 },
    { key: 'api/products', value: json({ products: 2500, pages: 25 }), expirationTtl: hour, metadata: [1, 2, 3] },
    { key: 'api/health', value: 'ok', metadata: false },
    { key: 'search/index.bin', value: Uint8Array.from({ length: 1024 }, (_, index) => (index * 37) % 256) },
  ];
}

function catalog(): SampleEntry[] {
  const kinds = { book: 1500, game: 700, tool: 300 };
  return Object.entries(kinds).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, index): SampleEntry => {
      const sku = `${kind}:${String(index + 1).padStart(4, '0')}`;
      const price = 5 + ((index * 7) % 90);
      return { key: sku, value: json({ sku, price }), metadata: { price } };
    }),
  );
}

function rates(factor: number): SampleEntry[] {
  return Object.entries({ EUR: 1, GBP: 0.87, JPY: 171.2, USD: 1.16 }).map(([currency, rate]) => ({
    key: `rate:${currency}`,
    value: String(rate * factor),
    metadata: { from: 'sample' },
  }));
}

/** What the top project's Worker would have written, by namespace id. */
export const shopContent: Readonly<Record<string, readonly SampleEntry[]>> = {
  [sampleIds.catalog]: catalog(),
  [sampleIds.cache]: cache(),
  // Last, because it holds what expires soonest.
  [sampleIds.sessions]: sessions(),
};

/** What the nested package's Worker would have written, in both of its environments. */
export const apiContent: Readonly<Record<string, readonly SampleEntry[]>> = {
  [sampleIds.rates]: rates(1),
  [sampleIds.ratesStaging]: rates(2),
};

/** What `wrangler kv bulk put --preview` writes into FLAGS. */
export const flagsContent: readonly SampleEntry[] = [
  { key: 'home/banner', value: 'Free shipping this week' },
  { key: 'checkout/new-flow', value: 'true', metadata: { owner: 'payments' } },
  { key: 'checkout/express', value: 'false' },
  { key: 'search/weights.json', value: json({ title: 3, text: 1 }) },
];
