import assert from 'node:assert/strict';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { analyse } from '../../src/language/code/analysis.ts';
import { check } from '../../src/language/code/diagnostics/check.ts';
import { localFolder } from '../support/localFolder.ts';
import { writeProject } from '../support/wrangler.ts';
import { type Bench, type Figure, medianOf, ms } from './figure.ts';
import type { CodeCompletion } from './host/measured.ts';
import { inHost } from './inHost.ts';

const KEYS = 100_000;
const LINES = 2100;
const WARMING = 30;

const size = (text: string): string => `${Math.round(text.length / 1000)} kB`;

const WORKER =
  'export default {\n  async fetch(request: Request, env: Env) {\n    return await env.MANY.get("");\n  },\n};\n';

const entry = (i: number): KvEntry => ({
  key: `team-${String(Math.floor(i / 1000)).padStart(2, '0')}:member-${String(i % 1000).padStart(4, '0')}`,
  value: new Uint8Array([i & 255]),
});

async function completion(): Promise<CodeCompletion> {
  const local = localFolder();
  try {
    writeProject(local.folder, { MANY: 'many' });
    mkdirSync(join(local.folder, 'src'), { recursive: true });
    writeFileSync(join(local.folder, 'src', 'index.ts'), WORKER);
    const { done } = await local.source.store('many').putMany(Array.from({ length: KEYS }, (_, i) => entry(i)));
    assert.equal(done, KEYS);
    return await inHost<CodeCompletion>('code', realpathSync(local.folder));
  } finally {
    local.dispose();
  }
}

/** What a class of a Worker does beside its calls of KV. */
const ordinary = (i: number): string => `
  @logged({ level: 'debug' })
  describe${i}(user: User, { locale = 'en', long = false }: Options = {}): string {
    const names = [user.first, user.last].filter((name): name is string => name !== undefined && name !== '');
    // The last part of a name stands first where that is the custom.
    const ordered = locale === 'hu' || locale === 'ja' ? names.toReversed() : names;
    if (ordered.length === 0) {
      return long ? \`nobody, known as \${user.id}\` : user.id;
    }
    let text = ordered.join(' ');
    for (const [kind, count] of Object.entries(user.counts ?? {})) {
      if (count > 0) text += \`, \${count} \${kind}\${count === 1 ? '' : 's'}\`;
    }
    return long ? text : text.slice(0, ${20 + i});
  }`;

const calls = (i: number): string => `
  async method${i}<T extends object>(id: string, options: { readonly ttl?: number } = {}): Promise<T | undefined> {
    const known = this.#cache.get(\`user:\${id}:${i}\`);
    if (known !== undefined && options.ttl !== 0) return known as T;
    const value = await this.env.MANY.get<T>(\`user:\${id}:${i}\`, 'json');
    if (value === null) return undefined;
    await this.env.MANY.put(\`seen:\${id}\`, JSON.stringify({ at: Date.now(), by: [...this.#names].map((name) => name.trim()) }), {
      expirationTtl: options.ttl ?? 3600,
    });
    return { ...value, id } satisfies object as T;
  }`;

/** One module of many classes, with a call of KV about every 14 lines, or with little else than those. */
function longWorker(isDense: boolean): string {
  const methods = Array.from({ length: 14 }, (_, i) => calls(i) + (isDense ? '' : `\n${ordinary(i)}`));
  const one = (n: number): string =>
    `export class Service${n} {\n  readonly #cache = new Map<string, unknown>();\n  readonly #names = new Set<string>();\n  constructor(private readonly env: Env) {}\n${methods.join('\n')}\n}\n`;
  let text = '';
  for (let n = 0; text.split('\n').length < LINES; n++) text += one(n);
  return text.split('\n').slice(0, LINES).join('\n');
}

/** The time of a whole analysis, which is what a pause in typing costs. */
async function analysisOf(text: string): Promise<{ readonly checkMs: number; readonly calls: number }> {
  const names = new Set(['MANY']);
  let found = 0;
  const work = async (): Promise<void> => {
    const analysis = analyse('src/index.ts', text, names);
    found = analysis.calls.length;
    check({ analysis, isTyped: true, now: 1_800_000_000 });
  };
  // Warm is what the runtime has made of code that ran for a while.
  for (let i = 0; i < WARMING; i++) await work();
  const checkMs = await medianOf(21, work);
  return { checkMs, calls: found };
}

/** Key names while somebody types, in the extension host; a whole analysis of a long file, which is what a pause costs. */
export const codeHelp: Bench = async (): Promise<readonly Figure[]> => {
  const { answerMs, worstAnswerMs, burstMs, offered } = await completion();
  const [usual, dense] = [longWorker(false), longWorker(true)];
  const { checkMs, calls: found } = await analysisOf(usual);
  const most = await analysisOf(dense);
  assert.ok(found > 100 && most.calls > 2 * found);
  return [
    {
      work: 'key names offered in Worker code, 100,000 local keys',
      mustReach: 'under 50 ms, and under 10 ms of the host’s time for each call of a burst',
      measured: `${ms(answerMs)} (at most ${ms(worstAnswerMs)}), ${ms(burstMs)} of a burst`,
      ok: answerMs < 50 && burstMs < 10,
      numbers: { answerMs, worstAnswerMs, burstMs, offered },
    },
    {
      work: 'what KV forbids, in 2,100 lines',
      mustReach: 'under 100 ms, warm',
      measured: `${ms(checkMs)} (${found} calls, ${size(usual)}); ${ms(most.checkMs)} where there is little else (${most.calls} calls, ${size(dense)})`,
      ok: checkMs < 100,
      numbers: { checkMs, calls: found, mostMs: most.checkMs, mostCalls: most.calls },
    },
  ];
};
