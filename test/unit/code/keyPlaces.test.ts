import assert from 'node:assert/strict';
import { analyse } from '../../../src/language/code/analysis.ts';
import { keyAt } from '../../../src/language/code/keyPlaces.ts';
import { replaceable } from '../../../src/language/code/literal.ts';

const NAMES = new Set(['KV', 'SESSIONS']);

/** Where somebody is who types at ¦: whose key it is, what is fixed before, and what of the source is replaced. */
function at(marked: string): string | undefined {
  const offset = marked.indexOf('¦');
  const text = marked.replace('¦', '');
  const analysis = analyse('worker.ts', text, NAMES);
  const use = keyAt(analysis, offset);
  const place = use && replaceable(analysis, use.node, offset);
  if (!place) return undefined;
  const { kind, call } = use;
  return `${kind} of ${call.bindings.join()}: ${place.before}[${text.slice(place.from, place.to)}]`;
}

describe('A place where a key is written', () => {
  for (const [code, place] of [
    ['env.KV.get("us¦er:1")', 'key of KV: [user:1]'],
    ['env.KV.get(["a", `b¦`])', 'key of KV: [b]'],
    ['env.KV.get(("a¦"))', 'key of KV: [a]'],
    ['env.KV.get("a¦" as const)', 'key of KV: [a]'],
    ['env.KV.get("a:¦" + id)', 'key of KV: [a:]'],
    ['env.KV.get(`a:¦$' + '{id}:b`)', 'key of KV: [a:]'],
    ['env.KV.get("a:¦', 'key of KV: [a:]'],
  ] as const) {
    it(`is ${code}`, () => assert.equal(at(code), place));
  }

  for (const [code, place] of [
    ['const K = "us¦er:1"; env.KV.get(K)', 'key of KV: [user:1]'],
    ['const K = `a:¦$' + '{id}`; env.KV.put(K, "")', 'key of KV: [a:]'],
    ['const K = "a¦"; env.KV.list({ prefix: K })', 'prefix of KV: [a]'],
    ['const prefix = "a¦"; env.KV.list({ prefix })', 'prefix of KV: [a]'],
    ['const K = { user: "a¦" } as const; env.KV.get(K.user)', 'key of KV: [a]'],
    ['const K = "a¦"; env.KV.get(K); env.SESSIONS.put(K, "")', 'key of KV,SESSIONS: [a]'],
    ['const K = "a¦"; env.KV.get(K); (kv: KVNamespace) => kv.get(K)', 'key of : [a]'],
    ['const K = "a¦"; env.KV.list({ prefix: K }); env.KV.get(K)', 'key of KV: [a]'],
    ['const A = "a¦"; const B = A; env.KV.get(B)', 'key of KV: [a]'],
  ] as const) {
    it(`is the constant of ${code}`, () => assert.equal(at(code), place));
  }

  for (const [code, place] of [
    ['const P = "user:"; env.KV.get(`$' + '{P}¦`)', 'key of KV: user:[]'],
    ['const P = "user:"; env.KV.get(`$' + '{P}1¦`)', 'key of KV: user:[1]'],
    ['const P = "user:"; env.KV.get(`v1:$' + '{P}1¦:$' + '{id}`)', 'key of KV: v1:user:[1:]'],
    ['const P = "user:"; env.KV.get(P + "1¦")', 'key of KV: user:[1]'],
    ['const P = "user:"; env.KV.list({ prefix: P + "1¦" })', 'prefix of KV: user:[1]'],
    ['const P = "user:"; const K = `$' + '{P}1¦`; env.KV.get(K)', 'key of KV: user:[1]'],
    ['const P = "user:"; env.KV.get(`$' + '{P}1¦', 'key of KV: user:[1]'],
  ] as const) {
    it(`is behind the constant of ${code}`, () => assert.equal(at(code), place));
  }

  for (const code of [
    'env.KV.get(`$' + '{id}¦`)',
    'env.KV.get(`a:$' + '{i¦d}`)',
    'env.KV.get(id + "¦")',
    'env.KV.get(i¦d)',
    'env.KV.put("a", "b¦")',
    'let k = "a¦"; env.KV.get(k)',
    'const k = "a¦"; map.get(k)',
    'const K = "a"; const J = "a¦"; env.KV.get(K)',
    'env.KV.get(f("a¦"))',
  ]) {
    it(`is not ${code}`, () => assert.equal(at(code), undefined));
  }
});

describe('A place that has to do with a key', () => {
  /** The part of the source that is taken for a key's at ¦, and whose key it is; `#{` opens an expression. */
  function claimed(code: string): string | undefined {
    const marked = code.replaceAll('#{', '$' + '{');
    const text = marked.replace('¦', '');
    const use = keyAt(analyse('worker.ts', text, NAMES), marked.indexOf('¦'));
    return use && `${use.call.bindings.join()}: ${text.slice(use.from, use.to)}`;
  }

  for (const [code, part] of [
    ['env.KV.get("¦user:1")', 'KV: user:1'],
    ['env.KV.get("user:1¦")', 'KV: user:1'],
    ['env.KV.get("¦")', 'KV: '],
    ['env.KV.get(`user:¦#{id}:b`)', 'KV: user:'],
    ['env.KV.get(`user:#{id}¦:b`)', 'KV: :b'],
    ['env.KV.get("us¦er:" + hash(id))', 'KV: user:'],
    ['env.KV.get("a" + "us¦er:" + hash(id))', 'KV: user:'],
    ['const KEY = "a"; env.KV.get(KEY¦)', 'KV: KEY'],
    ['const KEY = "a"; env.KV.get((KE¦Y as string)!)', 'KV: KEY'],
    ['const KEYS = { user: "a" } as const; env.KV.get(KEYS.us¦er)', 'KV: user'],
    ['const P = "a:"; env.KV.get(`#{¦P}#{id}`)', 'KV: P'],
    ['const P = "a:"; env.KV.get(P¦ + id)', 'KV: P'],
    ['const prefix = "a:"; env.KV.list({ pre¦fix })', 'KV: prefix'],
    ['const K = "us¦er:" + hash(id); env.KV.get(K)', 'KV: user:'],
    ['env.KV.get(await env.SESSIONS.get("s¦"))', 'SESSIONS: s'],
    ['env.KV.get(`u:#{await env.SESSIONS.get("s¦")}`)', 'SESSIONS: s'],
    ['const id = await env.SESSIONS.get("s¦"); env.KV.get(id)', 'SESSIONS: s'],
  ] as const) {
    it(`is ${code}`, () => assert.equal(claimed(code), part));
  }

  for (const code of [
    'env.KV.get("user:1"¦)',
    'env.KV.get(¦"user:1")',
    'env.KV.get(["a"¦, "b"])',
    'env.KV.get(`user:#{ha¦sh(id)}`)',
    'env.KV.get(`user:#{req.params.i¦d}`)',
    'env.KV.get("user:" + ha¦sh(id))',
    'env.KV.get("user:" ¦+ id)',
    'const KEYS = { user: "a" } as const; env.KV.get(KE¦YS.user)',
    'const K = "user:" + ha¦sh(id); env.KV.get(K)',
    'const id = await env.SESS¦IONS.get("s"); env.KV.get(id)',
    'const id = await env.SESSIONS.get(s¦id); env.KV.get(id)',
    'env.KV.get(await env.SESS¦IONS.get("s"))',
    'env.KV.get(`u:#{await env.SESS¦IONS.get("s")}`)',
  ]) {
    it(`is not ${code}`, () => assert.equal(claimed(code), undefined));
  }
});
