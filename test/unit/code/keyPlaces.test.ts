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
