import assert from 'node:assert/strict';
import { type Analysis, analyse } from '../../../src/language/code/analysis.ts';
import { mayUseKv } from '../../../src/language/code/mentions.ts';

const NAMES = new Set(['KV', 'SESSIONS']);
const of = (text: string, path = 'worker.ts'): Analysis => analyse(path, text, NAMES);

const keys = (text: string): string[] => of(text).keys.map(({ kind, from, to }) => `${kind} ${text.slice(from, to)}`);

const bindings = (text: string): string[] =>
  of(text).bindings.map(({ binding, from, to }) => `${binding} ${text.slice(from, to)}`);

/** What is known of the first key. */
const known = (text: string): unknown => {
  const { keys: uses, constants } = of(text);
  return uses[0] && constants.text(uses[0].node);
};

const whole = (start: string): unknown => ({ start, isWhole: true, leastBytes: Buffer.byteLength(start) });

describe('Keys in Worker code', () => {
  it('are the first argument, each of a list, and the prefix', () => {
    assert.deepEqual(keys('env.KV.get("a", "json")'), ['key "a"']);
    assert.deepEqual(keys('env.KV.put(id, "json")'), ['key id']);
    assert.deepEqual(keys('env.KV.get(["a", ...more, `b`, /* c */ id])'), ['key "a"', 'key `b`', 'key id']);
    assert.deepEqual(keys('env.KV.list({ limit: 5, prefix: "a:" })'), ['prefix "a:"']);
    assert.deepEqual(keys('env.KV.list({ "prefix": p, cursor })'), ['prefix p']);
    assert.deepEqual(keys('const prefix = "a:"; env.KV.list({ prefix })'), ['prefix prefix']);
    assert.deepEqual(keys('env.KV.list({ [prefix]: 1, prefix() {} })'), []);
    assert.deepEqual(keys('env.KV.list(options); env.KV.get(); env.KV.get(...all, "b"); env.KV.list()'), []);
  });

  it('have the text that their source fixes', () => {
    assert.deepEqual(known('env.KV.get("a\\n\\u{1f98a}\\x41\\\'")'), whole("a\n\u{1f98a}A'"));
    assert.deepEqual(known('env.KV.get(\'a\' + "b" + `c`)'), whole('abc'));
    assert.deepEqual(known('const A = "a"; const B = `$' + '{A}:b`; env.KV.get(B)'), whole('a:b'));
    assert.deepEqual(known('const prefix = "a:"; env.KV.list({ prefix })'), whole('a:'));
    assert.deepEqual(known('env.KV.get(`a:$' + '{id}:bc`)'), { start: 'a:', isWhole: false, leastBytes: 5 });
    assert.deepEqual(known('env.KV.get("a:" + id)'), { start: 'a:', isWhole: false, leastBytes: 2 });
    assert.deepEqual(known('const A = "a:" as const; env.KV.list({ prefix: A })'), whole('a:'));
    assert.deepEqual(known('const A = `a:$' + '{id}` satisfies Key; env.KV.get((A as string)!)'), {
      start: 'a:',
      isWhole: false,
      leastBytes: 2,
    });
    assert.deepEqual(known('const K = { user: { by: "a:" } } as const; env.KV.get(K.user.by + "b")'), whole('a:b'));
    assert.deepEqual(
      known('const K = Object.freeze({ "user": "a:" }); env.KV.get(`$' + '{K["user"]}b`)'),
      whole('a:b'),
    );
    assert.deepEqual(known('env.KV.get("a:'), whole('a:'));
    assert.deepEqual(known('env.KV.get(`a:\\`'), whole('a:`'));
    for (const none of ['id + "a"', 'f("a")', '5', 'a ? "b" : "c"', 'a.b']) {
      assert.equal(known(`env.KV.get(${none})`), undefined);
    }
    for (const none of [
      'const K = { a: "a" }; env.KV.get(K.a)',
      'let K = { a: "a" } as const; env.KV.get(K.a)',
      'const K = { a: "a", ...more } as const; env.KV.get(K.a)',
      'const K = { get a() { return "a" } } as const; env.KV.get(K.a)',
      'const K = { a: "a" } as const; env.KV.get(K.b); env.KV.get(K[a])',
      'const K = { a: "a" } as const; function f(K) { env.KV.get(K.a) }',
      'const K = { a: K.a } as const; env.KV.get(K.a)',
    ]) {
      assert.equal(known(none), undefined, none);
    }
    assert.equal(known('let a = "a"; env.KV.get(a)'), undefined);
    assert.equal(known('const a = "a"; function f(a) { env.KV.get(a) }'), undefined);
    assert.equal(known('const { a } = { a: "a" }; env.KV.get(a)'), undefined);
    assert.equal(known('for (const a of ["a"]) env.KV.get(a)'), undefined);
  });
});

describe('Bindings in Worker code', () => {
  it('are found where they are named', () => {
    assert.deepEqual(bindings('env.KV.get("a"); const kv = c.env.SESSIONS; kv.get("a")'), [
      'KV KV',
      'SESSIONS SESSIONS',
    ]);
    assert.deepEqual(bindings('const { KV, SESSIONS: s, OTHER } = env; s.get("a")'), ['KV KV', 'SESSIONS SESSIONS']);
    assert.deepEqual(bindings('read(env["KV"])'), ['KV "KV"']);
    assert.deepEqual(bindings('KV.get("a"); function f(SESSIONS) { SESSIONS.get("a") }'), ['KV KV']);
    assert.deepEqual(bindings('env.OTHER.get("a"); map.KV.get("a"); env[KV2].get("a"); "env.KV"'), []);
    assert.deepEqual(bindings('env["KV'), []);
  });
});

describe('Names that are something else at times', () => {
  const calls = (text: string): string[] => of(text).calls.map(({ bindings: found }) => found.join() || '?');

  it('are no namespaces', () => {
    for (const none of [
      'let kv = env.KV; if (!kv) kv = new Map(); kv.get("a")',
      'let kv = env.KV; kv ??= createStore(); kv.get("a")',
      'var kv = env.KV; function f() { kv = other } kv.get("a")',
      'let kv = env.KV; for (kv of stores) kv.get("a")',
      'let { KV } = env; KV = new Map(); KV.get("a")',
      'function f(kv = env.KV) { kv = new Map(); kv.get("a") }',
      'class A { constructor(env) { if (env.KV) this.kv = env.KV; else this.kv = new MemoryStore() } a() { this.kv.get("a") } }',
      'class A { kv = new Map(); constructor(env) { this.kv = env.KV } a() { this.kv.get("a") } }',
      'let kv; if (a) kv = env.KV; else kv = new Map(); kv.get("a")',
      'let kv; kv.get("a")',
      'let kv; kv = kv ?? kv; kv.get("a")',
      'let kv = createStore(); if (a) kv = env.KV; kv.get("a")',
      'let kv: Store = env.KV; kv = new Map(); kv.get("a")',
      'function f(kv) { if (a) kv = env.KV; kv.get("a") }',
      'for (let kv of stores) { if (a) kv = env.KV; kv.get("a") }',
      'let kv = env.KV; ({ kv } = stores); kv.get("a")',
      'let kv = env.KV; if (a) { [kv] = stores; } kv.get("a")',
      'const kv = a ? env.KV : new Map(); kv.get("a")',
      'const kv = a ? null : undefined; kv.get("a")',
    ]) {
      assert.deepEqual(calls(none), [], none);
    }
  });

  it('are namespaces where they are set to nothing else', () => {
    for (const [text, binding] of [
      ['let kv = env.KV; kv = null; kv = undefined; kv = void 0; kv.get("a")', 'KV'],
      ['let kv = env.KV; { let kv = 1; kv = new Map() } kv.get("a")', 'KV'],
      ['let kv: KVNamespace = env.KV; kv = create(); kv.get("a")', 'KV'],
      ['class A { kv = null; constructor(env) { this.kv = env.KV } a() { this.kv.get("a") } }', 'KV'],
      ['class A { kv: KVNamespace = fake(); constructor(env) { this.kv = env.KV } a() { this.kv.get("a") } }', 'KV'],
      ['let kv: KVNamespace; kv = create(); kv.get("a")', '?'],
      ['let kv; kv = env.KV; kv.get("a")', 'KV'],
      ['let kv; kv = kv ?? env.KV; kv.get("a")', 'KV'],
      ['let kv = null; function f(env) { kv = env.KV } kv.get("a")', 'KV'],
      ['let kv: KVNamespace; kv = env.KV; kv.get("a")', 'KV'],
      ['const kv = a ? env.KV : undefined; kv.get("a")', 'KV'],
      ['let kv = env.KV; const same = kv; kv = same; kv.get("a")', 'KV'],
    ] as const) {
      assert.deepEqual(calls(text), [binding], text);
    }
  });

  it('are all the namespaces that they are set to', () => {
    for (const text of [
      'let kv = env.KV; if (a) kv = env.SESSIONS; kv.get("a")',
      'let kv; if (a) kv = env.KV; else kv = env.SESSIONS; kv.get("a")',
      'let kv = null; if (a) kv = env.KV; else kv = env.SESSIONS; kv.get("a")',
      'let kv = env.KV; kv = kv ?? env.SESSIONS; kv.get("a")',
      'let kv = env.KV; kv ??= env.SESSIONS; kv.get("a")',
      'let kv: KVNamespace = env.KV; if (a) kv = env.SESSIONS; else kv = create(); kv.get("a")',
      'let { KV } = env; if (a) KV = env.SESSIONS; KV.get("a")',
      'function f(kv: KVNamespace) { if (a) kv = env.SESSIONS; kv.get("a") } f(env.KV)',
      'function f(kv: KVNamespace = env.KV) { kv.get("a") } f(env.SESSIONS)',
      'const kv = a ? env.KV : env.SESSIONS; kv.get("a")',
      '(a ? env.KV : env.SESSIONS).get("a")',
      'const kv = env.KV ?? env.SESSIONS; kv.get("a")',
      'class A { constructor(env) { this.kv = env.KV; if (a) this.kv = env.SESSIONS } a() { this.kv.get("a") } }',
      'class A { kv: KVNamespace = env.KV; constructor() { this.kv = env.SESSIONS } a() { this.kv.get("a") } }',
    ]) {
      assert.deepEqual(calls(text), ['KV,SESSIONS'], text);
    }
  });
});

describe('An env that a file makes', () => {
  const calls = (text: string): string[] => of(text).calls.map(({ bindings: found }) => found.join() || '?');

  it('holds no namespace but what is set to one', () => {
    for (const none of [
      'const env = { KV: createMap() }; env.KV.get("a")',
      'const env = { KV: createMap() } as unknown as Env; env.KV.get("a")',
      'const env = { KV: store }; const { KV } = env; KV.get("a")',
      'const env = { KV }; env.KV.get("a")',
      'const env = { other: 1 }; env.KV.get("a")',
      'const env = {}; env.KV = new Map(); env.KV.get("a")',
      'const env = {} as Env; env.KV = createMap(); env.KV.get("a")',
      'let env; beforeEach(() => { env = { KV: createMap() } }); env.KV.get("a")',
      'const c = { env: { KV: createMap() }, a }; c.env.KV.get("a")',
      'const c = { a: { env: { KV: createMap() } } }; c.a.env.KV.get("a")',
      'const c = { env: { KV: createMap() } }; const { env } = c; env.KV.get("a")',
      'const c = { env: { KV: createMap() } }; const { env: { KV } } = c; KV.get("a")',
      'const c = { env: { KV: createMap() } }; const { KV } = c.env; KV.get("a")',
      'const c = {}; c.env = { KV: createMap() }; c.env.KV.get("a")',
      'const own = { KV: createMap() }; const c = { env: own }; c.env.KV.get("a")',
      'const env = { KV: createMap() }; const c = { env }; c.env.KV.get("a")',
      'class A { env = { KV: createMap() }; a() { this.env.KV.get("a") } }',
      'class A { #env = { KV: createMap() }; a() { this.#env.KV.get("a") } }',
      'class A { constructor() { this.env = { KV: createMap() } } a() { const { KV } = this.env; KV.get("a") } }',
      'class A { c = { env: { KV: createMap() } }; a() { this.c.env.KV.get("a") } }',
      'const makeEnv = () => ({ KV: createMap() }); const env = makeEnv(); env.KV.get("a")',
      'const makeEnv = () => ({ KV: createMap() }); makeEnv().KV.get("a")',
      'const env = await makeEnv(); env.KV.get("a"); async function makeEnv() { log(); return { KV: createMap() } }',
      'const { env } = setup(); env.KV.get("a"); function setup() { const env = { KV: createMap() }; return { env } }',
      'const { env: { KV } } = setup(); KV.get("a"); function setup() { return { env: { KV: createMap() } } }',
      'const t = setup(); t.env.KV.get("a"); function setup() { return { env: { KV: createMap() } } }',
      'const env = Object.freeze({ KV: createMap() }); env.KV.get("a")',
      'const c = Object.freeze({ env: Object.seal({ KV: createMap() }) }); c.env.KV.get("a")',
      'const env = { ...base, KV: createMap() }; env.KV.get("a")',
      'const env = { ...base, KV: createMap() } satisfies Env as Env; env.KV.get("a")',
      'globalThis.KV = createMap(); KV.get("a")',
      '(globalThis as any).KV = createMap(); KV.get("a")',
      'self["KV"] = createMap(); KV.get("a")',
      'KV = createMap(); KV.get("a")',
      'beforeEach(() => { vi.stubGlobal("KV", createMap()) }); KV.get("a")',
    ]) {
      assert.deepEqual(calls(none.replace('{ KV };', '{ KV }; function KV() {}')), [], none);
    }
    for (const one of [
      'const env = { KV: c.env.KV }; env.KV.get("a")',
      'const { KV } = c.env; const env = { KV }; env.KV.get("a")',
      'const env = { KV: await mf.getKVNamespace("KV") }; env.KV.get("a")',
      'const env = { KV: fake as KVNamespace }; env.KV.get("a")',
      'const env = { KV: createMap(), ...base }; env.KV.get("a")',
      'const env = {} as Env; env.KV.get("a")',
      'const c = { env: { KV: a.env.KV } }; c.env.KV.get("a")',
      'const c = { env: {} as Env }; c.env.KV.get("a")',
      'const c: { env: Env } = { env: { other: 1 } }; c.env.KV.get("a")',
      'const c = { other: 1 }; c.env.KV.get("a")',
      'const c = { ...other, env: a.env }; c.env.KV.get("a")',
      'const c = { env: { KV: createMap() }, ...other }; c.env.KV.get("a")',
      'class A { constructor(env) { this.env = env } a() { this.env.KV.get("a") } }',
      'class A { env: Env = {}; a() { this.env.KV.get("a") } }',
      'const getEnv = (c) => c.env; getEnv(c).KV.get("a")',
      'function getEnv(c) { return { ...c.env } } const env = getEnv(c); env.KV.get("a")',
      'const env = makeEnv(); env.KV.get("a"); function makeEnv(): Env { return {} }',
      'const env = Object.freeze({ ...c.env }); env.KV.get("a")',
      'const { env } = getPlatform(); env.KV.get("a")',
      'globalThis.KV = env.KV; KV.get("a")',
      'globalThis.OTHER = createMap(); KV.get("a")',
      'function f(globalThis) { globalThis.KV = createMap() } KV.get("a")',
      'function f(KV) { KV = createMap() } KV.get("a")',
      'const env: Env = { other: 1 }; env.KV.get("a")',
      'const env = {}; env.KV = c.env.KV; env.KV.get("a")',
      'function f(env) { env.KV.get("a") } const env2 = { KV: createMap() }',
    ]) {
      assert.deepEqual(calls(one), ['KV'], one);
    }
  });
});

describe('The second parameter of a handler', () => {
  const calls = (text: string): string[] => of(text).calls.map(({ bindings: found }) => found.join() || '?');

  it('is an env, whatever its name', () => {
    for (const one of [
      'export default { async fetch(request, { KV }, ctx) { KV.get("a") } } satisfies ExportedHandler<Env>',
      'export default { async fetch(request, { KV: kv }) { kv.get("a") } }',
      'export default { scheduled: async (_, { KV }) => { await KV.get("a") } }',
      'export default { fetch: (_, bound) => bound.KV.get("a") }',
      'const worker = { async queue(batch, { KV }) { KV.get("a") } }; export default worker',
    ]) {
      assert.deepEqual(calls(one), ['KV'], one);
    }
    for (const none of [
      'export default { async fetch({ KV }) { KV.get("a") } }',
      'export default { async fetch(request, { KV }: Stores) { KV.get("a") } }',
      'export default { async fetch(request, bound: Stores) { bound.KV.get("a") } }',
      'export default { async find(request, { KV }) { KV.get("a") } }',
      'export const routes = { async fetch(request, { KV }) { KV.get("a") } }',
      'export default { async fetch(request, env) { list.map((a, { KV }) => KV.get("a")) } }',
    ]) {
      assert.deepEqual(calls(none), [], none);
    }
  });
});

describe('Files of Worker code', () => {
  it('may use KV where they name a binding or the type', () => {
    assert.ok(mayUseKv('env.SESSIONS', NAMES));
    assert.ok(mayUseKv('(x: KVNamespace) => x', []));
    assert.ok(!mayUseKv('env.BUCKET', NAMES));
  });

  it('of Astro are their frontmatter', () => {
    const call = 'Astro.locals.runtime.env.KV.get("a")';
    const calls = (text: string): number[] => of(text, 'a.astro').calls.map(({ from }) => from);
    assert.deepEqual(calls(`---\nawait ${call}\n---\n<p>{${call}}</p>`), [10]);
    assert.deepEqual(calls(`\n---  \r\nawait ${call}\r\n---\r\n`), [14]);
    assert.deepEqual(calls(`<!-- a\n---\n -->\n---\nawait ${call}\n---\n`), [26]);
    assert.deepEqual(calls(`\uFEFF---\nawait ${call}\n---\n`), [11]);
    assert.deepEqual(calls(`---\n${call}`), []);
    assert.deepEqual(calls(`<!-- a\n---\n${call}\n---\n`), []);
    assert.deepEqual(calls(`x ---\n${call}\n---\n`), []);
    assert.deepEqual(calls(`<p>\n---\n${call}\n---`), []);
    assert.deepEqual(calls(''), []);
  });

  it('have assertions in angle brackets only as TypeScript without JSX', () => {
    assert.equal(of('(<KVNamespace>x).get("a")', 'a.mts').calls.length, 1);
    assert.equal(of('const a = <p>{env.KV.get("a")}</p>', 'a.js').calls.length, 1);
  });

  it('say by annotation what is a namespace, and what is not', () => {
    const isTaken = (type: string): boolean => of(`function f(x: ${type}) { x.get("a") }`).calls.length === 1;
    for (const type of [
      'KVNamespace',
      'Cloudflare.KVNamespace',
      'KVNamespace<"a" | "b">',
      'KVNamespace | undefined',
      'null | KVNamespace',
    ]) {
      assert.ok(isTaken(type), type);
    }
    for (const type of [
      'KVNamespaceListResult<unknown>',
      'KVNamespace[]',
      'Promise<KVNamespace>',
      'KVNamespace | Map<string, string>',
      '() => KVNamespace',
      '{ kv: KVNamespace }',
      'MyKVNamespace',
      'Map<string, KVNamespace>',
    ]) {
      assert.ok(!isTaken(type), type);
    }
  });
});

describe('What a file calls KVNamespace itself', () => {
  const use =
    '; function f(x: KVNamespace, { y }: { y: KVNamespace }) { x.get("a"); y.get("a"); (z as KVNamespace).get("a") }';
  const taken = (text: string): number => of(text).calls.length;

  for (const other of [
    'type KVNamespace = Map<string, string>',
    'class KVNamespace { get() {} }',
    'import { KVNamespace } from "./memoryKv"',
    'import KVNamespace from "../lib/memory"',
    'import { MemoryKv as KVNamespace } from "./memoryKv"',
    'enum KVNamespace { A }',
  ]) {
    it(`is none: ${other}`, () => {
      assert.equal(taken(other + use), 0);
      assert.equal(taken(`${other}; interface Env { STORE: KVNamespace } (env: Env) => env.STORE.get("a")`), 0);
      assert.equal(taken(`${other}; interface Env { KV: KVNamespace } (env: Env) => env.KV.get("a")`), 0);
      assert.equal(taken(`${other}; (x: Cloudflare.KVNamespace) => x.get("a")`), 1);
    });
  }

  for (const same of [
    'interface KVNamespace { get(key: string): Promise<string | null> }',
    'type KVNamespace = { get(key: string): Promise<string | null> }',
    'declare interface KVNamespace { get<T>(key: string): Promise<T> }',
    'import type { KVNamespace } from "@cloudflare/workers-types"',
    'import { type KVNamespace } from "./shared"',
    'import type { KVNamespace } from "../shared"',
    'import { KVNamespace, Env } from "./types"',
    'import { KVNamespace } from "../worker-types.d"',
    'import { KVNamespace } from "~/lib"',
    'type KVNamespace = import("@cloudflare/workers-types").KVNamespace',
    'type KVNamespace = Cloudflare.KVNamespace<"a">',
    'function g() { class KVNamespace {} }',
  ]) {
    it(`is that of the platform: ${same}`, () => assert.equal(taken(same + use), 3));
  }
});

describe('What the Env of a file says', () => {
  const taken = (member: string, before = ''): boolean =>
    of(`${before}; interface Env { KV: ${member} } export const f = (env: Env) => env.KV.get("a")`).calls.length === 1;

  it('is believed where it is certainly another type', () => {
    for (const [member, before] of [
      ['Redis', 'import { Redis } from "@upstash/redis"'],
      ['Redis | undefined', ''],
      ['LRUCache<string, string>', ''],
      ['lru.LRUCache', 'import * as lru from "lru"'],
      ['Store', 'interface Store { get(key: string): string; has(key: string): boolean }'],
      ['Store', 'class Store { get() {} }'],
      ['Store', 'type Store = Map<string, string> | null'],
      ['Cloudflare.R2Bucket', ''],
      ['string | number', ''],
      ['Map<string, string> | Set<string>', ''],
    ] as const) {
      assert.ok(!taken(member, before), `${member} ${before}`);
    }
  });

  it('may be a namespace all the same', () => {
    for (const [member, before] of [
      ['any', ''],
      ['unknown', ''],
      ['KVNamespace<"a">', ''],
      ['Store', 'type Store = KVNamespace'],
      ['Store', 'type Base = KVNamespace | null; type Store = Base'],
      ['Store', 'interface Store extends KVNamespace {}'],
      ['Store', 'interface Store { get(key: string): Promise<string>; put: (key: string, value: string) => void }'],
      ['KvLike', 'import type { KvLike } from "./kv"'],
      ['Maybe<KVNamespace>', 'import type { Maybe } from "./maybe"'],
      ['Maybe<KVNamespace>', 'type Maybe<T> = T | undefined'],
      ['NonNullable<Base["KV"]>', ''],
      ['Base["KV"]', ''],
      ['import("@cloudflare/workers-types").KVNamespace', ''],
      ['Redis | KVNamespace', ''],
      ['{ get(key: string): Promise<string> }', ''],
      ['T', 'type T = T | (T)'],
    ] as const) {
      assert.ok(taken(member, before), `${member} ${before}`);
    }
    assert.equal(of('interface Env<T> { KV: T } (env: Env<KVNamespace>) => env.KV.get("a")').calls.length, 1);
  });
});
