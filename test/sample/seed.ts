import { Miniflare } from 'miniflare';
import type { SampleEntry } from './content.ts';

// One request for all keys: a call of its own for each takes three times as long.
const seedWorker = `
export default {
  async fetch(request, env) {
    const { namespace, entries } = await request.json();
    await Promise.all(entries.map(({ key, text, base64, metadata, expirationTtl }) =>
      env[namespace].put(key, text ?? Uint8Array.fromBase64(base64), { metadata, expirationTtl })));
    return new Response();
  },
};`;

const keysAtOnce = 500;

function toJson({ value, ...rest }: SampleEntry): object {
  return typeof value === 'string'
    ? { ...rest, text: value }
    : { ...rest, base64: Buffer.from(value).toString('base64') };
}

/** Writes entries by namespace id into a state folder (`.wrangler/state/v3`), by a Worker that runs in Miniflare. */
export async function seed(
  stateFolder: string,
  content: Readonly<Record<string, readonly SampleEntry[]>>,
): Promise<void> {
  const miniflare = new Miniflare({
    resourcePersistencePath: stateFolder,
    cf: false,
    telemetry: { enabled: false },
    workers: [
      {
        config: {
          name: 'seed',
          compatibilityDate: '2026-06-01',
          env: Object.fromEntries(Object.keys(content).map((id) => [id, { type: 'kv', id }])),
          manifest: { mainModule: 'seed.js', modules: { 'seed.js': { type: 'esm', contents: seedWorker } } },
        },
      },
    ],
  });
  try {
    for (const [namespace, entries] of Object.entries(content)) {
      for (let start = 0; start < entries.length; start += keysAtOnce) {
        const part = entries.slice(start, start + keysAtOnce).map(toJson);
        const body = JSON.stringify({ namespace, entries: part });
        const reply = await miniflare.dispatchFetch('http://seed/', { method: 'POST', body });
        if (!reply.ok) {
          throw new Error(`The sample's data was not written: ${await reply.text()}`);
        }
      }
    }
  } finally {
    await miniflare.dispose();
  }
}
