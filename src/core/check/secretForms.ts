/*
 * Forms of tokens that nothing else has: a prefix of their maker and a length. What only looks random is no evidence;
 * and what has the form but is made of words is a name.
 */
interface Form {
  readonly name: string;
  /** Its group is what is random in a real one. */
  readonly form: RegExp;
}

const forms = (name: string, ...all: readonly RegExp[]): readonly Form[] => all.map((form) => ({ name, form }));

/** A slash in a URL, in JSON or in another URL. */
const SLASH = '(?:\\\\?/|%2[Ff])';

const FORMS: readonly Form[] = [
  forms('AWS', /(?:AKIA|ASIA)([0-9A-Z]{16})(?![0-9A-Za-z])/g),
  forms(
    'GitHub',
    /gh[pousr]_([A-Za-z0-9]{36,255})(?![A-Za-z0-9])/g,
    /github_pat_([A-Za-z0-9_]{60,255})(?![A-Za-z0-9_])/g,
  ),
  forms('GitLab', /glpat-([A-Za-z0-9_-]{20,})/g),
  forms(
    'Slack',
    /xox[abeoprs]-([A-Za-z0-9-]{20,})/g,
    /xapp-\d-([A-Za-z0-9-]{40,})/g,
    new RegExp(
      ['hooks\\.slack\\.com', 'services', 'T[A-Z0-9]{6,}', 'B[A-Z0-9]{6,}', '([A-Za-z0-9]{20,})'].join(SLASH),
      'g',
    ),
  ),
  forms('Stripe', /[rs]k_live_([A-Za-z0-9]{20,})/g, /whsec_([A-Za-z0-9+/]{24,})/g),
  forms('Google', /AIza([A-Za-z0-9_-]{35})(?![A-Za-z0-9_-])/g, /GOCSPX-([A-Za-z0-9_-]{28})(?![A-Za-z0-9_-])/g),
  forms('Anthropic', /sk-ant-([A-Za-z0-9_-]{20,})/g),
  forms(
    'OpenAI',
    /sk-(?:proj|svcacct|admin)-([A-Za-z0-9_-]{40,})/g,
    /sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}(?![A-Za-z0-9])/g,
  ),
  forms('SendGrid', /SG\.([A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{40,48})(?![A-Za-z0-9_-])/g),
  forms('npm', /npm_([A-Za-z0-9]{36})(?![A-Za-z0-9])/g),
  forms('Cloudflare', /cf(?:ut|at|k|oat)_([A-Za-z0-9_-]{30,})/g),
  forms('private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----/g),
].flat();

/** So many bytes are looked at in one step. */
const STEP_BYTES = 128 * 1024;
/** More than any token has, in UTF-16 too. */
const OVERLAP_BYTES = 2048;

/** Whose token is in a value, by its form; never the token itself. A step takes a few milliseconds at most. */
export function* secretSteps(value: Uint8Array): Generator<void, string | undefined> {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  for (let at = 0; at < bytes.length; at += STEP_BYTES) {
    // A token is text of one byte a character, whatever the rest is.
    const text = bytes.toString('latin1', Math.max(0, at - OVERLAP_BYTES), at + STEP_BYTES);
    // What stands first was looked at in the step before, with what is before it.
    const found = secretIn(text, at === 0 ? 0 : LONGEST_ESCAPE);
    if (found !== undefined) return found;
    yield;
  }
  return undefined;
}

/** The same of a text of one byte a character, from a place in it on. */
export function secretIn(text: string, from = 0): string | undefined {
  const found = FORMS.find((form) => isIn(text, form, from))?.name;
  // In UTF-16 each character of a token has a byte of zeros beside it.
  return found === undefined && text.includes('\0') ? secretIn(text.replaceAll('\0', ''), from) : found;
}

function isIn(text: string, { form }: Form, from: number): boolean {
  for (const { index, 1: random } of text.matchAll(form)) {
    if (index >= from && isBeginning(text, index) && (random === undefined || !WORDS.test(random))) return true;
  }
  return false;
}

/** The longest escape, `\u003d`. */
const LONGEST_ESCAPE = 6;
const BEFORE = /(?:^|[^A-Za-z0-9]|\\[bfnrt]|%[\dA-Fa-f]{2}|\\u[\dA-Fa-f]{4}|\\x[\dA-Fa-f]{2})$/;

/** Whether no longer word ends there: an escape before it, as of JSON or of a URL, ends in a letter too. */
const isBeginning = (text: string, index: number): boolean =>
  BEFORE.test(text.slice(Math.max(0, index - LONGEST_ESCAPE), index));

/** `button-primary-large`, `your-token-here`. */
const WORDS = /^[A-Za-z]+(?:[-_][A-Za-z]+)+$/;
