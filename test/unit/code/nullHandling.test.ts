import assert from 'node:assert/strict';
import { holdsError } from '../../../src/core/code/syntax.ts';
import { analyse } from '../../../src/language/code/analysis.ts';
import { practicesIn } from '../../../src/language/code/practices.ts';

/** Whether code thinks of a missing key. */
const cases: Readonly<Record<'good' | 'bad' | 'unknown', readonly string[]>> = {
  bad: [
    'const v = await env.KV.get("a", "json"); console.log(v.name); if (!v) return no(); return Response.json(v);',
    'const v = await env.KV.get("mode"); if (v === "off") return off(); return new Response(v.toUpperCase());',
    'const v = await env.KV.get("mode"); if (v.trim() !== "off" && v !== "x") return off(); return new Response(v);',
    'const v = await env.KV.get("a", "json"); if (v) console.log("hit"); return new Response(v.name);',
    'let v = await env.KV.get("a","json"); if (!v) return no(); v = await env.KV.get("b","json"); return new Response(v.name);',
    'const t = await env.KV.get("a"); const v = t && JSON.parse(t); return new Response(v.name);',
    'const v = await env.KV.get("a", "json"); if (typeof v !== "object") return no(); return new Response(v.name);',
    'const v = await env.KV.get("a", "json"); if (!v) console.warn("none"); return new Response(v.name);',
    'const v = await env.KV.get("a", "json"); if (!v) { console.warn("none", v.name); return no(); } return new Response();',
    'const [a, b] = await Promise.all([env.KV.get("a"), env.KV.get("b")]); if (!a) return no(); return new Response(a.trim() + b.trim());',
  ],
  unknown: [
    'const v = await env.KV.get("a", "json"); if (isNew) { if (!v) return no(); } return new Response(v.name);',
    'const v = await env.KV.get("a", "json"); v && hits++; return new Response(v.name);',
    'const v = await env.KV.get("a", "json"); log(v?.name); return new Response(v.name);',
    'const v = await env.KV.get("a", "json"); log(v instanceof Map); return new Response(v.name);',
    'const v = await env.KV.get("a", "json"); try { return ok(v.name); } catch { return no(); }',
    'const v = await env.KV.get("a", "json"); const show = () => ok(v.name); if (!v) return no(); return show();',
    'const r = await env.KV.getWithMetadata("a"); if (!r.value) return no(); return new Response(r.metadata.name);',
    'const m = await env.KV.get(["a", "b"]); if (!m.get("a")) return no(); return new Response(m.get("b").name);',
    'const v = await env.KV.get("a", "json"); if (v === undefined) return no(); return new Response(v.name);',
    'const v = await env.KV.get("a", "json"); if (!v && strict) return no(); return new Response(v.name);',
    'const v = await env.KV.get("a", "json"); const has = v !== null; if (!has) return no(); return new Response(v.name);',
    'const v = await env.KV.get("a", "json"); if (!v) notFound(); return new Response(v.name);',
    'let v = await env.KV.get("a","json"); while (!v) { if (n++ > 3) break; v = await env.KV.get("a","json"); } return new Response(v.a);',
    'const v = await env.KV.get("a", "json"); if (!v) { respond(404); } use(v.a);',
  ],
  good: [
    'const v = await env.KV.get("a", "json"); if (!v) throw new Error("x"); return ok(); function ok() { return v.name; }',
    'const v = await env.KV.get("a", "json"); if (v == null) { console.log(1); return no(); } return new Response(v.name);',
    'const v = await env.KV.get("a", "json"); if (null === v) return no(); return new Response(v.name);',
    'const v = await env.KV.get("a", "json"); if (typeof v !== "string") return no(); return new Response(v.trim());',
    'const v = await env.KV.get("a", "json"); if (!(v instanceof Map)) return no(); return new Response(v.size);',
    'const v = await env.KV.get("a", "json"); if (!v || v.gone) return no(); return new Response(v.name);',
    'const v = await env.KV.get("a", "json"); if (v && v.ok) return new Response(v.name); return no();',
    'const v = await env.KV.get("a", "json"); if (v) { return new Response(v.name); } return no();',
    'const v = await env.KV.get("a", "json"); if (!v) { return no(); } else if (v.x) { return new Response(v.name); } return new Response(v.a);',
    'const v = await env.KV.get("a", "json"); if (v?.ok) return new Response(v.name); return no();',
    'const v = await env.KV.get("a", "json"); if (!v?.ok) return no(); return new Response(v.name);',
    'const v = await env.KV.get("a", "json"); if (v?.kind !== "a") return no(); return new Response(v.name);',
    'const v = await env.KV.get("a", "json"); const name = v ? v.name : ""; return new Response(name);',
    'const v = await env.KV.get("a", "json"); const name = v === null ? "" : v.name; return new Response(name);',
    'const v = await env.KV.get("a", "json"); const name = (v ?? {}).name; return new Response(name);',
    'for (const id of [1]) { const v = await env.KV.get("a","json"); if (!v) continue; use(v.name); }',
    'let v = await env.KV.get("a","json"); if (!v) { v = await load(); } return new Response(v.name);',
    'let v = await env.KV.get("a","json"); if (!v) { v = await load(); await env.KV.put("a", v.text); } return new Response(v.name);',
    'let v = await env.KV.get("a","json"); v ??= {}; return new Response(v.name);',
    'let v = await env.KV.get("a","json"); v = v ?? {}; return new Response(v.name);',
    'let v; v = await env.KV.get("a","json"); if (v === null) return no(); return new Response(v.name);',
    'const t = await env.KV.get("a"); if (!t) return no(); const v = JSON.parse(t); return new Response(v.name);',
    'const t = await env.KV.get("a"); const v = t && JSON.parse(t); if (!v) return no(); return new Response(v.name);',
    'const t = await env.KV.get("a"); const v = t ? JSON.parse(t) : {}; return new Response(v.name);',
    'const t = await env.KV.get("a"); const v = JSON.parse(t ?? "{}"); return new Response(v.name);',
    'const t = await env.KV.get("a"); const v = JSON.parse(t || "{}"); return new Response(v.name);',
    'const r = await env.KV.getWithMetadata("a"); if (!r.value) return no(); return new Response(r.value.name);',
    'const m = await env.KV.get(["a", "b"]); if (!m.get("a")) return no(); return new Response(m.get("a").name);',
    'const v = await env.KV.get("a", "json"); if (!v) return no(); return new Response(show(v));',
    'const v = await env.KV.get("a", "json"); if (!v) return no(); return v;',
    'const v = await env.KV.get("a", "json"); if (!v) { return no(); } else { return new Response(v.name); }',
    'const v = await env.KV.get("a", "json"); if (v !== null) { for (const x of v) use(x); } return ok();',
    'const v = await env.KV.get("a", "json"); if (v && typeof v === "object" && v.a) return ok(v.b); return no();',
    'const v = await env.KV.get("a", "json"); return v && v.a ? new Response(v.b) : no();',
    'const v = await env.KV.get("a", "json"); while (v) { v.next(); }',
    'const v = await env.KV.get("a", "json"); return new Response(JSON.stringify(v));',
    'const [a, b] = await Promise.all([env.KV.get("a"), env.KV.get("b")]); if (!a || !b) return no(); return new Response(a.trim() + b.trim());',
    'const v = await env.KV.get("a", "json"); const isNew = !v; if (isNew) log(1); return ok();',
    'const v = await env.KV.get("a", "json"); if (!v) { return no(); } try { use(v.a); } catch { return no(); } return new Response(v.b);',
    'const v = await env.KV.get("a", "json"); const { a } = v ?? {}; return new Response(a);',
    'const v = await env.KV.get("a", "json"); if (!v) return no(); const { a } = v; return new Response(a);',
    'const v = await env.KV.get("a", "json"); if (!v) return no(); return new Response(xs.map((x) => v.a + x));',
    'let attempts = 0; let v = await env.KV.get("a","json"); while (v === null && attempts++ < 3) { v = await env.KV.get("a","json"); } if (v === null) return no(); return new Response(v.a);',
    'let v = await env.KV.get("a","json"); while (!v) { v = await env.KV.get("a","json"); } return new Response(v.a);',
    'const v = await env.KV.get("a", "json"); return new Response((v || { a: 1 }).a);',
    'const v = await env.KV.get("a", "json"); if (v) { use(v.a); } else { no(); }',
    'if (!(await env.KV.get("a"))) return no(); return ok();',
    'const cached = await env.KV.get("c"); if (cached) return new Response(cached); const f = await make(); return new Response(f.text);',
    'const cached = await env.KV.get("c"); if (cached !== null) { return new Response(JSON.parse(cached).html); } return make();',
  ],
};

function verdictOn(statements: string): string {
  const text = `export default {\n  async fetch(request, env) {\n    ${statements}\n  },\n};\n`;
  const analysis = analyse('worker.ts', text, new Set(['KV']));
  assert.ok(!holdsError(analysis.code.tree.topNode), text);
  const { findings, untold } = practicesIn(analysis);
  if (findings.some(({ practice }) => practice === 'unchecked-null')) return 'bad';
  return untold.some(({ practice }) => practice === 'unchecked-null') ? 'unknown' : 'good';
}

describe('The value of a key that may be missing', () => {
  for (const [verdict, all] of Object.entries(cases)) {
    for (const statements of all) it(`${verdict}: ${statements}`, () => assert.equal(verdictOn(statements), verdict));
  }
});
