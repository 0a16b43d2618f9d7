import type { Code } from '../../src/language/code/diagnostics/finding.ts';

/** Code that KV forbids, or that silently does something other than it seems to: the statements of a Worker. */
export interface Mistake {
  readonly code: Code;
  readonly name: string;
  /** Runs with `env.KV`, `ctx` and `now` (Unix seconds); its outcome is what it returns or throws. */
  readonly wrong: string;
  /** The result of the first fix; if there is none, how a developer would write it. */
  readonly right: string;
  readonly isFixed: boolean;
  /** TypeScript reports it with the types of KV, so the rule does not. */
  readonly isReported: boolean;
  /** What happens at run time: the message of the error, or the return value. */
  readonly outcome: { readonly throws: RegExp } | { readonly returns: unknown };
}

type Rest = Omit<Mistake, 'code' | 'name' | 'wrong' | 'right' | 'isFixed' | 'isReported'>;

/** Rules in which TypeScript has no part. */
const ours =
  (isFixed: boolean, isReported: boolean) =>
  (code: Code, name: string, wrong: string, right: string, outcome: Rest['outcome']): Mistake => ({
    code,
    name,
    wrong,
    right,
    isFixed,
    isReported,
    outcome,
  });

const fixed = ours(true, false);
const told = ours(false, false);
const fixedInJs = ours(true, true);
const toldInJs = ours(false, true);

const throws = (text: string): { throws: RegExp } => ({
  throws: new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*')),
});
const returns = (value: unknown): { returns: unknown } => ({ returns: value });

const OUT_OF_RANGE = throws('Value out of range. Must be between -2147483648 and 2147483647');
const NO_TTL = throws('Please specify integer greater than 0.');
const NO_VALUE = throws(
  'KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.',
);
const LONG = 'k'.repeat(513);

/** One for each row in the table of rules. */
export const mistakes: readonly Mistake[] = [
  fixed(
    'expiration-ttl',
    'under 60 seconds',
    'await env.KV.put("a", "1", { expirationTtl: 59 });',
    'await env.KV.put("a", "1", { expirationTtl: 60 });',
    throws('KV PUT failed: 400 Invalid expiration_ttl of 59. Expiration TTL must be at least 60.'),
  ),
  fixed(
    'expiration-ttl',
    'a fraction under 60',
    'await env.KV.put("a", "1", { metadata: 1, expirationTtl: 59.9 });',
    'await env.KV.put("a", "1", { metadata: 1, expirationTtl: 60 });',
    throws('Invalid expiration_ttl of 59. Expiration TTL must be at least 60.'),
  ),
  fixed(
    'expiration-ttl',
    'a constant under 60, used twice',
    'const LOCK = 5 * 6; await env.KV.put("a", String(LOCK), { expirationTtl: LOCK });',
    'const LOCK = 5 * 6; await env.KV.put("a", String(LOCK), { expirationTtl: 60 });',
    throws('Invalid expiration_ttl of 30.'),
  ),
  fixed(
    'expiration-ttl',
    'a member of a constant that cannot change',
    'const TTL = Object.freeze({ lock: 30 }); await env.KV.put("a", "1", { expirationTtl: TTL.lock });',
    'const TTL = Object.freeze({ lock: 60 }); await env.KV.put("a", "1", { expirationTtl: TTL.lock });',
    throws('Invalid expiration_ttl of 30.'),
  ),
  fixed(
    'expiration-ttl',
    'a constant by its own name',
    'const expirationTtl = 30; await env.KV.put("a", "1", { expirationTtl });',
    'const expirationTtl = 60; await env.KV.put("a", "1", { expirationTtl });',
    throws('Invalid expiration_ttl of 30.'),
  ),
  fixed(
    'expiration-ttl',
    'zero',
    'await env.KV.put("a", "1", { expirationTtl: 0 });',
    'await env.KV.put("a", "1", { expirationTtl: 60 });',
    NO_TTL,
  ),
  fixed(
    'expiration-ttl',
    'negative',
    'await env.KV.put("a", "1", { expirationTtl: -60 });',
    'await env.KV.put("a", "1", { expirationTtl: 60 });',
    NO_TTL,
  ),
  told(
    'expiration-ttl',
    'not a number',
    'await env.KV.put("a", "1", { expirationTtl: NaN });',
    'await env.KV.put("a", "1", { expirationTtl: 3600 });',
    NO_TTL,
  ),
  toldInJs(
    'expiration-ttl',
    'null',
    'await env.KV.put("a", "1", { expirationTtl: null });',
    'await env.KV.put("a", "1", { expirationTtl: undefined });',
    NO_TTL,
  ),
  toldInJs(
    'expiration-ttl',
    'text that is no number',
    'await env.KV.put("a", "1", { expirationTtl: "1h" });',
    'await env.KV.put("a", "1", { expirationTtl: "3600" });',
    NO_TTL,
  ),
  fixedInJs(
    'expiration-ttl',
    'text under 60',
    'await env.KV.put("a", "1", { expirationTtl: "59" });',
    'await env.KV.put("a", "1", { expirationTtl: 60 });',
    throws('Invalid expiration_ttl of 59.'),
  ),
  fixed(
    'expiration-ttl',
    'milliseconds',
    'await env.KV.put("a", "1", { expirationTtl: 86_400_000_000 });',
    'await env.KV.put("a", "1", { expirationTtl: 86400000 });',
    OUT_OF_RANGE,
  ),
  fixed(
    'expiration-ttl',
    'a month in milliseconds',
    'await env.KV.put("a", "1", { expirationTtl: 2_592_000_000 });',
    'await env.KV.put("a", "1", { expirationTtl: 2592000 });',
    OUT_OF_RANGE,
  ),
  told(
    'expiration-ttl',
    'a product in milliseconds',
    'await env.KV.put("a", "1", { expirationTtl: 30 * 24 * 60 * 60 * 1000 });',
    'await env.KV.put("a", "1", { expirationTtl: 30 * 24 * 60 * 60 });',
    OUT_OF_RANGE,
  ),
  fixed(
    'expiration-ttl',
    'a hundred years',
    'await env.KV.put("a", "1", { expirationTtl: 3153600000 });',
    'await env.KV.put("a", "1", { expirationTtl: 2147483647 });',
    OUT_OF_RANGE,
  ),
  fixed(
    'expiration-ttl',
    'a hundred years as a product',
    'const CENTURY = 100 * 365 * 86400; await env.KV.put("a", "1", { expirationTtl: CENTURY });',
    'const CENTURY = 2147483647; await env.KV.put("a", "1", { expirationTtl: CENTURY });',
    OUT_OF_RANGE,
  ),
  told(
    'expiration-ttl',
    'a time in milliseconds',
    'await env.KV.put("a", "1", { expirationTtl: Date.now() + 60_000 });',
    'await env.KV.put("a", "1", { expirationTtl: 60 });',
    OUT_OF_RANGE,
  ),
  told(
    'expiration',
    'in the past',
    'await env.KV.put("a", "1", { expiration: 1_600_000_000 });',
    'await env.KV.put("a", "1", { expiration: now + 3600 });',
    throws(
      'Invalid expiration of 1600000000. Please specify integer greater than the current number of seconds since the UNIX epoch.',
    ),
  ),
  told(
    'expiration',
    'a lifetime',
    'await env.KV.put("a", "1", { expiration: 60 * 60 });',
    'await env.KV.put("a", "1", { expirationTtl: 60 * 60 });',
    throws('Please specify integer greater than the current number of seconds since the UNIX epoch.'),
  ),
  fixed(
    'expiration',
    'milliseconds of now',
    'await env.KV.put("a", "1", { expiration: Date.now() + 3_600_000 });',
    'await env.KV.put("a", "1", { expiration: Math.floor((Date.now() + 3_600_000) / 1000) });',
    OUT_OF_RANGE,
  ),
  ...['86400', '60 * 60 * 24', '3600 * 36'].map((lifetime) =>
    fixed(
      'expiration',
      `seconds added to milliseconds: ${lifetime}`,
      `await env.KV.put("a", "1", { expiration: Date.now() + ${lifetime} });`,
      `await env.KV.put("a", "1", { expiration: Math.floor(Date.now() / 1000) + ${lifetime} });`,
      OUT_OF_RANGE,
    ),
  ),
  fixed(
    'expiration',
    'seconds added to milliseconds, each in a constant',
    'const start = Date.now(), DAY = 86_400; await env.KV.put("a", "1", { expiration: start + DAY });',
    'const start = Date.now(), DAY = 86_400; await env.KV.put("a", "1", { expiration: Math.floor(start / 1000) + DAY });',
    OUT_OF_RANGE,
  ),
  fixed(
    'expiration',
    'seconds added to milliseconds in a constant',
    'const end = 3600 + Date.now(); await env.KV.put("a", "1", { expiration: end });',
    'const end = 3600 + Math.floor(Date.now() / 1000); await env.KV.put("a", "1", { expiration: end });',
    OUT_OF_RANGE,
  ),
  ...['Date.now()', 'Date.now() - 5000', 'new Date().getTime()', 'Date.now() + 30'].map((past) =>
    told(
      'expiration',
      `milliseconds of a time that KV refuses: ${past}`,
      `await env.KV.put("a", "1", { expiration: ${past} });`,
      'await env.KV.put("a", "1", { expiration: now + 60 });',
      OUT_OF_RANGE,
    ),
  ),
  fixed(
    'expiration',
    'milliseconds of a date',
    'const end = new Date(Date.now() + 1e7); await env.KV.put("a", "1", { expiration: end.getTime() });',
    'const end = new Date(Date.now() + 1e7); await env.KV.put("a", "1", { expiration: Math.floor(end.getTime() / 1000) });',
    OUT_OF_RANGE,
  ),
  fixed(
    'expiration',
    'milliseconds in a constant by its own name',
    'const expiration = Date.now() + 1e7; await env.KV.put("a", "1", { expiration });',
    'const expiration = Date.now() + 1e7; await env.KV.put("a", "1", { expiration: Math.floor(expiration / 1000) });',
    OUT_OF_RANGE,
  ),
  fixed(
    'expiration',
    'milliseconds as a number',
    'const END = 2_100_000_000_000; await env.KV.put("a", "1", { expiration: END });',
    'const END = 2100000000; await env.KV.put("a", "1", { expiration: END });',
    OUT_OF_RANGE,
  ),
  ...['4102444800', '9_999_999_999', '253402300799', '253402300799000'].map((far) =>
    fixed(
      'expiration',
      `${far} is after January 2038`,
      `await env.KV.put("a", "1", { expiration: ${far} });`,
      'await env.KV.put("a", "1", { expiration: 2147483647 });',
      OUT_OF_RANGE,
    ),
  ),
  told(
    'expiration',
    'milliseconds of the past',
    'await env.KV.put("a", "1", { expiration: 1_600_000_000_000 });',
    'await env.KV.put("a", "1", { expiration: now + 3600 });',
    OUT_OF_RANGE,
  ),
  fixedInJs(
    'expiration',
    'a date',
    'await env.KV.put("a", "1", { expiration: new Date("2033-01-01") });',
    'await env.KV.put("a", "1", { expiration: Math.floor(new Date("2033-01-01").getTime() / 1000) });',
    OUT_OF_RANGE,
  ),
  fixed(
    'cache-ttl',
    'under 30 seconds',
    'await env.KV.get("text", { cacheTtl: 29 });',
    'await env.KV.get("text", { cacheTtl: 30 });',
    throws('KV GET failed: 400 Invalid cache_ttl of 29. Cache TTL must be at least 30.'),
  ),
  fixed(
    'cache-ttl',
    'a constant under 30, with metadata',
    'const SHORT = 10; await env.KV.getWithMetadata("text", { type: "text", cacheTtl: SHORT });',
    'const SHORT = 30; await env.KV.getWithMetadata("text", { type: "text", cacheTtl: SHORT });',
    throws('400 Invalid cache_ttl of 10.'),
  ),
  fixed(
    'no-await',
    'in a template',
    `return \`\${env.KV.get("text")}\`;`,
    `return \`\${await env.KV.get("text")}\`;`,
    returns('[object Promise]'),
  ),
  fixed('no-await', 'negated', 'return !env.KV.get("none");', 'return !await env.KV.get("none");', returns(false)),
  fixed(
    'no-await',
    'compared with null',
    'return env.KV.get("none") === null;',
    'return await env.KV.get("none") === null;',
    returns(false),
  ),
  fixed(
    'no-await',
    'compared with undefined',
    'return undefined != env.KV.getWithMetadata("none");',
    'return undefined != await env.KV.getWithMetadata("none");',
    returns(true),
  ),
  fixedInJs(
    'no-await',
    'parsed',
    'return JSON.parse(env.KV.get("json"));',
    'return JSON.parse(await env.KV.get("json"));',
    throws('"[object Promise]" is not valid JSON'),
  ),
  fixedInJs(
    'no-await',
    'a condition',
    'if (env.KV.get("none")) return "always";',
    'if (await env.KV.get("none")) return "always";',
    returns('always'),
  ),
  fixed(
    'no-await',
    'negated in parentheses',
    'return !(env.KV.get("none"));',
    'return !(await env.KV.get("none"));',
    returns(false),
  ),
  fixed(
    'no-await',
    'the condition of a while',
    'while (env.KV.get("none")) return "always";',
    'while (await env.KV.get("none")) return "always";',
    returns('always'),
  ),
  fixed(
    'no-await',
    'a part of the condition of a while',
    'while (now > 0 && env.KV.get("none")) return "always";',
    'while (now > 0 && await env.KV.get("none")) return "always";',
    returns('always'),
  ),
  fixed(
    'no-await',
    'the condition of a do',
    'let n = 0; do { if (++n > 2) return n; } while (env.KV.get("none"));',
    'let n = 0; do { if (++n > 2) return n; } while (await env.KV.get("none"));',
    returns(3),
  ),
  fixed(
    'no-await',
    'the condition of a for',
    'for (; env.KV.get("none"); ) return "always";',
    'for (; await env.KV.get("none"); ) return "always";',
    returns('always'),
  ),
  fixed(
    'no-await',
    'before “||”',
    'return env.KV.get("none") || "default";',
    'return await env.KV.get("none") || "default";',
    returns(null),
  ),
  fixed(
    'no-await',
    'before “??”',
    'return env.KV.get("none") ?? "default";',
    'return await env.KV.get("none") ?? "default";',
    returns(null),
  ),
  fixedInJs(
    'no-await',
    'before “&&”',
    'return env.KV.get("none") && "always";',
    'return await env.KV.get("none") && "always";',
    returns('always'),
  ),
  fixedInJs(
    'no-await',
    'before “?”',
    'return env.KV.get("none") ? "always" : "never";',
    'return await env.KV.get("none") ? "always" : "never";',
    returns('always'),
  ),
  fixedInJs(
    'no-await',
    'a part of a condition',
    'if ((now < 0 || env.KV.get("none")) && now) return "always";',
    'if ((now < 0 || await env.KV.get("none")) && now) return "always";',
    returns('always'),
  ),
  toldInJs(
    'value-type',
    'a type that there is none of',
    'return await env.KV.get("text", "buffer");',
    'return (await env.KV.get("text", "arrayBuffer")).byteLength;',
    throws('Unknown response type'),
  ),
  fixedInJs(
    'value-type',
    'its case',
    'return await env.KV.get("json", { type: "JSON" });',
    'return await env.KV.get("json", { type: "json" });',
    throws('Unknown response type'),
  ),
  toldInJs(
    'bulk-type',
    'many keys as streams',
    'await env.KV.get(["a", "b"], "stream");',
    'await env.KV.get(["a", "b"], "text");',
    throws('"stream" is not a valid type. Use "json" or "text"'),
  ),
  toldInJs(
    'bulk-type',
    'many keys as bytes',
    'await env.KV.get(["a", "b"], { type: "arrayBuffer" });',
    'await env.KV.get(["a", "b"], { type: "text" });',
    throws('"arrayBuffer" is not a valid type. Use "json" or "text"'),
  ),
  told(
    'bulk-count',
    'too many keys',
    `await env.KV.get([${Array.from({ length: 101 }, (_, i) => `"${i}"`).join(', ')}]);`,
    `await env.KV.get([${Array.from({ length: 100 }, (_, i) => `"${i}"`).join(', ')}]);`,
    throws('You can request a maximum of 100 keys'),
  ),
  told(
    'bulk-count',
    'no keys',
    'await env.KV.get([]);',
    'await env.KV.get(["a"]);',
    throws('You must request a minimum of 1 key'),
  ),
  told('key', 'empty', 'await env.KV.get("");', 'await env.KV.get("a");', throws('Key name cannot be empty.')),
  told(
    'key',
    'a dot',
    'await env.KV.put(".", "1");',
    'await env.KV.put("...", "1");',
    throws('"." is not allowed as a key name.'),
  ),
  told(
    'key',
    'two dots',
    'const up = ".."; await env.KV.delete(up);',
    'const up = "a"; await env.KV.delete(up);',
    throws('".." is not allowed as a key name.'),
  ),
  told(
    'key',
    'too long',
    `await env.KV.get("${LONG}");`,
    `await env.KV.get("${LONG.slice(1)}");`,
    throws('414 UTF-8 encoded length of 513 exceeds key length limit of 512.'),
  ),
  told(
    'key',
    'fixed parts too long in bytes',
    `await env.KV.get(\`${'ü'.repeat(256)}:\${now}\`);`,
    `await env.KV.get(\`${'ü'.repeat(16)}:\${now}\`);`,
    throws('exceeds key length limit of 512.'),
  ),
  told(
    'key',
    'a prefix too long',
    `await env.KV.list({ prefix: "${LONG}" });`,
    `await env.KV.list({ prefix: "${LONG.slice(1)}" });`,
    throws('414 UTF-8 encoded length of 513 exceeds key length limit of 512.'),
  ),
  ...['ttl', 'expirationTTL', 'expiration_ttl'].map((slip) =>
    fixedInJs(
      'option',
      slip,
      `await env.KV.put("slip", "1", { ${slip}: 3600 }); return ends("slip");`,
      'await env.KV.put("slip", "1", { expirationTtl: 3600 }); return ends("slip");',
      returns(false),
    ),
  ),
  fixedInJs(
    'option',
    'expires',
    'await env.KV.put("slip", "1", { expires: now + 3600 }); return ends("slip");',
    'await env.KV.put("slip", "1", { expiration: now + 3600 }); return ends("slip");',
    returns(false),
  ),
  ...['cacheTTL', 'cache_ttl'].map((slip) =>
    fixedInJs(
      'option',
      slip,
      `return await env.KV.get("text", { ${slip}: 40, type: "text" });`,
      'return await env.KV.get("text", { cacheTtl: 40, type: "text" });',
      returns('hello'),
    ),
  ),
  fixedInJs(
    'option',
    'by its own name',
    'const ttl = 3600; await env.KV.put("slip", "1", { ttl }); return ends("slip");',
    'const ttl = 3600; await env.KV.put("slip", "1", { expirationTtl: ttl }); return ends("slip");',
    returns(false),
  ),
  ...['{ a: 1 }', '[1, 2]', 'new Date(0)', 'new URL("https://example.com/")'].map((value) =>
    fixedInJs(
      'value',
      value,
      `await env.KV.put("a", ${value});`,
      `await env.KV.put("a", JSON.stringify(${value}));`,
      NO_VALUE,
    ),
  ),
  ...['() => 1', 'new Map()', 'new Blob(["a"])', 'new FormData()'].map((value) =>
    toldInJs('value', value, `await env.KV.put("a", ${value});`, 'await env.KV.put("a", "1");', NO_VALUE),
  ),
  fixedInJs(
    'value',
    'a response',
    'await env.KV.put("a", new Response("1"));',
    'await env.KV.put("a", new Response("1").body);',
    NO_VALUE,
  ),
  toldInJs(
    'key-list',
    'deleted',
    'await env.KV.put("x,y", "1"); await env.KV.delete(["x", "y"]); return await env.KV.get("x,y");',
    'await env.KV.delete("x"); await env.KV.delete("y"); return await env.KV.get("x,y");',
    returns(null),
  ),
  toldInJs(
    'key-list',
    'written',
    'await env.KV.put(["p", "q"], "1"); return await env.KV.get("p,q");',
    'await env.KV.put("p", "1"); return await env.KV.get("p,q");',
    returns('1'),
  ),
  fixedInJs(
    'options',
    'a number to put',
    'await env.KV.put("a", "1", 3600);',
    'await env.KV.put("a", "1", { expirationTtl: 3600 });',
    throws("parameter 3 is not of type 'PutOptions'"),
  ),
  fixedInJs(
    'options',
    'text to list',
    'await env.KV.list("user:");',
    'await env.KV.list({ prefix: "user:" });',
    throws("parameter 1 is not of type 'ListOptions'"),
  ),
  fixed(
    'list-limit',
    'over a thousand',
    'await env.KV.list({ limit: 1001 });',
    'await env.KV.list({ limit: 1000 });',
    throws('400 Invalid key_count_limit'),
  ),
  fixed(
    'list-limit',
    'a fraction over a thousand',
    'await env.KV.list({ limit: 1001.5 });',
    'await env.KV.list({ limit: 1000 });',
    throws('400 Invalid key_count_limit'),
  ),
  fixed(
    'list-limit',
    'a constant over a thousand',
    'const ALL = 10_000; await env.KV.list({ prefix: "a", limit: ALL });',
    'const ALL = 1000; await env.KV.list({ prefix: "a", limit: ALL });',
    throws('400 Invalid key_count_limit'),
  ),
  fixed(
    'json-type',
    'a type argument alone',
    'return typeof await env.KV.get<{ a: number }>("json");',
    'return typeof await env.KV.get<{ a: number }>("json", "json");',
    returns('string'),
  ),
  fixed(
    'json-type',
    'a type argument with many keys',
    'return typeof (await env.KV.get<Record<string, string>>(["json", "none"])).get("json");',
    'return typeof (await env.KV.get<Record<string, string>>(["json", "none"], "json")).get("json");',
    returns('string'),
  ),
];
