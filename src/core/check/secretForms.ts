/*
 * Patterns of tokens that match nothing else: their maker's prefix and a length. Text that merely looks random is no
 * evidence, and text that matches but consists of words is a name.
 */
interface Form {
  readonly name: string;
  /** The group captures the part that is random in a real token. */
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
  forms(
    'Google',
    /AIza([A-Za-z0-9_-]{35})(?![A-Za-z0-9_-])/g,
    /GOCSPX-([A-Za-z0-9_-]{28})(?![A-Za-z0-9_-])/g,
    /ya29\.([A-Za-z0-9_-]{20,})/g,
  ),
  forms('Anthropic', /sk-ant-([A-Za-z0-9_-]{20,})/g),
  forms(
    'OpenAI',
    /sk-(?:proj|svcacct|admin)-([A-Za-z0-9_-]{40,})/g,
    /sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}(?![A-Za-z0-9])/g,
  ),
  forms('SendGrid', /SG\.([A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{40,48})(?![A-Za-z0-9_-])/g),
  forms('npm', /npm_([A-Za-z0-9]{36})(?![A-Za-z0-9])/g),
  forms('Hugging Face', /hf_([A-Za-z0-9]{34})(?![A-Za-z0-9])/g),
  forms('DigitalOcean', /do[opr]_v1_([a-f0-9]{64})(?![A-Za-z0-9])/g),
  forms('Shopify', /shp(?:at|ca|pa|ss)_([A-Fa-f0-9]{32})(?![A-Za-z0-9])/g),
  // The beginning says for which server it is: pypi.org or test.pypi.org.
  forms('PyPI', /pypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)([A-Za-z0-9_-]{50,})/g),
  forms('Cloudflare', /cf(?:ut|at|k|oat)_([A-Za-z0-9_-]{30,})/g),
  forms('private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----/g),
].flat();

/** The number of bytes searched in one step. */
const STEP_BYTES = 128 * 1024;
/** Longer than any token, even in UTF-16. */
const OVERLAP_BYTES = 2048;

/**
 * Returns whose token a value contains, judging by its form; never the token itself. Each step takes a few milliseconds
 * at most.
 */
export function* secretSteps(value: Uint8Array): Generator<void, string | undefined> {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  for (let at = 0; at < bytes.length; at += STEP_BYTES) {
    // A token has one byte per character, whatever the rest of the value is.
    const text = bytes.toString('latin1', Math.max(0, at - OVERLAP_BYTES), at + STEP_BYTES);
    // The first characters were searched in the previous step, together with what precedes them.
    const found = secretIn(text, at === 0 ? 0 : LONGEST_ESCAPE);
    if (found !== undefined) return found;
    yield;
  }
  return undefined;
}

/** Like {@link secretSteps}, for a text with one byte per character, starting at an offset. */
export function secretIn(text: string, from = 0): string | undefined {
  const found = FORMS.find((form) => isIn(text, form, from))?.name;
  // In UTF-16, each character of a token is next to a zero byte.
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

/**
 * Whether a token can start here, because no longer word does. An escape (in JSON or in a URL) before it also ends in a
 * letter or digit.
 */
const isBeginning = (text: string, index: number): boolean =>
  BEFORE.test(text.slice(Math.max(0, index - LONGEST_ESCAPE), index));

/** `button-primary-large`, `your-token-here`. */
const WORDS = /^[A-Za-z]+(?:[-_][A-Za-z]+)+$/;
