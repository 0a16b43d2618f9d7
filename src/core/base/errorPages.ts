/*
 * The errors that KV reports at run time or through its API. Each id is a page, `media/errors/<id>.md`, that says what
 * the error means, which calls can cause it and what to do.
 */

interface Explained {
  /** Matches the text after `KV GET failed: 400 `. */
  readonly replies?: RegExp;
  /** Matches messages of the runtime that do not have that form. */
  readonly says?: RegExp;
  /** Statuses of a failed operation that mean this error, whatever the message says. */
  readonly statuses?: readonly number[];
  /** API codes, each with a pattern for its message, because other parts of Cloudflare use the same numbers. */
  readonly codes?: Readonly<Record<number, RegExp>>;
  /** The same for codes that mean this in other parts alone. */
  readonly codesElsewhere?: Readonly<Record<number, RegExp>>;
}

const table = {
  'write-rate': { statuses: [429], codes: { 10022: /too many requests/i } },
  'daily-limit': {
    says: /KV (?:get|put|delete|list)\w*\(\) limit exceeded for the day/,
    codes: { 10048: /free usage limit|limit .*\b(?:to)?day/i },
  },
  'too-many-operations': { says: /Too many (?:subrequests\b|API requests by single Worker invocation)/i },
  expiration: {
    replies: /Invalid expiration(?:_ttl)?\b/,
    codes: { 10033: /expiration/i, 10034: /expiration/i },
  },
  'cache-ttl': { replies: /Invalid cache_ttl\b/ },
  key: {
    replies: /Key name(?:s| .*)? (?:is not legal|must not be empty)|Illegal key name|Could not URL-decode key name/,
    says: /Key name cannot be empty\.|"\.{1,2}" is not allowed as a key name\.|exceeds key length limit of 512\./,
    statuses: [414],
    codes: { 10030: /\bkey\b/i, 10042: /key name/i },
  },
  value: { says: /KV put\(\) accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams/ },
  metadata: { replies: /Metadata length of/, codes: { 10047: /metadata/i } },
  'value-size': { statuses: [413], codes: { 10024: /too large|\blimit\b/i } },
  'list-limit': { replies: /Invalid key_count_limit\b/, codes: { 10028: /limit/i } },
  'list-cursor': { replies: /Invalid cursor/i, codes: { 10041: /cursor/i } },
  'bulk-read': {
    replies:
      /You (?:can request a maximum|must request a minimum) of \d+ keys?|"\w*" is not a valid type|At least one of the requested keys corresponds to a non-\w+ value/,
    codes: { 10029: /\b(?:keys|pairs|bulk)\b/i },
  },
  'value-type': { says: /Unknown response type\. Possible types are "text", "arrayBuffer", "json", and "stream"/ },
  options: { says: /on 'KvNamespace': parameter \d is not of type '(?:Put|List)Options'/ },
  authentication: {
    codes: {
      10000: /authentication error/i,
      6003: /invalid request headers/i,
      6103: /X-Auth-Key/i,
      6111: /authorization header/i,
      9103: /X-Auth-Key/i,
      9106: /authentication failed|X-Auth-Key/i,
      9109: /unauthorized|access token|authorization header/i,
      10026: /not entitled/i,
      10037: /permission/i,
    },
    codesElsewhere: { 10001: /unable to authenticate/i },
  },
  'key-not-found': { codes: { 10009: /key not found/i } },
  'namespace-not-found': {
    says: /KV namespace '[^']*' (?:not found|is not valid)/,
    codes: {
      10013: /namespace not found/i,
      7003: /could not route to .*\/storage\/kv\//i,
      10010: /namespace/i,
      10011: /namespace/i,
      // Reported when a Worker is deployed.
      10041: /KV namespace/,
      10042: /KV namespace/,
    },
  },
  'title-taken': { codes: { 10014: /namespace .*already exists/i } },
  'too-many-namespaces': { codes: { 10018: /too many namespaces/i } },
  'api-rate': { codes: { 971: /throttling/i, 10046: /bulk/i } },
  'global-scope': {
    says: /Disallowed operation called within global scope/,
    codes: { 10021: /global scope/i },
  },
  failed: {},
} as const satisfies Readonly<Record<string, Explained>>;

export type ErrorPage = keyof typeof table;

const entries = Object.entries(table) as readonly (readonly [ErrorPage, Explained])[];

export const errorPages: readonly ErrorPage[] = entries.map(([page]) => page);

/** The page for a code from KV's own part of the API, whatever the message says. */
export const pageOfCode = (code: number): ErrorPage | undefined =>
  entries.find(([, { codes }]) => codes !== undefined && code in codes)?.[0];

/** An error found in a line of text: where it is, and which page explains it. */
export interface ToldError {
  readonly start: number;
  readonly length: number;
  readonly page: ErrorPage;
}

/** What a binding throws: the operation, the status, then KV's reply. */
const FAILED = /\bKV [A-Z_]{3,12} failed: (\d{3})\b ?/g;
/**
 * `[code: 10009]` and `[API code: 10009]` from wrangler, `"code":10009` from the API, `Error 10014:` from older tools.
 */
const CODE = /\[(?:API )?code: (\d{3,5})\]|"code": ?(\d{3,5})\b|\bError (\d{3,5}):/g;
/** Longer lines are cut here, because nobody reads them. */
const LONGEST_LINE = 10_000;

/** The KV errors in a line of a terminal or a log, in the order of the line. No two overlap. */
export function errorsIn(text: string): readonly ToldError[] {
  const line = text.slice(0, LONGEST_LINE);
  const found = [...failures(line), ...sayings(line), ...codes(line)];
  const chosen: ToldError[] = [];
  for (const one of found) {
    const isFree = chosen.every(({ start, length }) => start + length <= one.start || one.start + one.length <= start);
    if (isFree) chosen.push(one);
  }
  return chosen.sort((a, b) => a.start - b.start);
}

function* failures(line: string): Iterable<ToldError> {
  for (const match of line.matchAll(FAILED)) {
    const [prefix, status] = match;
    const rest = line.slice(match.index + prefix.length);
    const reply = entries.find(([, { replies }]) => replies && rest.search(replies) === 0);
    const page = reply?.[0] ?? entries.find(([, { statuses }]) => statuses?.includes(Number(status)))?.[0] ?? 'failed';
    // The sentence that follows is part of the error.
    const said = /^[^.;\n]*\.?/.exec(rest)?.[0] ?? '';
    const length = (prefix + said).trimEnd().length;
    yield { start: match.index, length, page };
  }
}

function* sayings(line: string): Iterable<ToldError> {
  for (const [page, { says }] of entries) {
    const match = says?.exec(line);
    if (match) yield { start: match.index, length: match[0].length, page };
  }
}

/** Errors of other bindings name their product. */
const NOT_OF_KV = /\b(?:AI|D1|DO|R2|QUEUES?)_\w*ERROR\b/;

function* codes(line: string): Iterable<ToldError> {
  if (NOT_OF_KV.test(line)) return;
  for (const match of line.matchAll(CODE)) {
    const code = Number(match[1] ?? match[2] ?? match[3]);
    const said = entries.find(([, one]) => (one.codes?.[code] ?? one.codesElsewhere?.[code])?.test(line));
    const page = said?.[0];
    if (page) yield { start: match.index, length: match[0].length, page };
  }
}
