/*
 * Forms of tokens that nothing else has: a prefix of their maker and a length. What only looks random is no evidence.
 */
const FORMS: readonly (readonly [name: string, form: RegExp])[] = [
  ['AWS', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['GitHub', /\bgh[pousr]_[A-Za-z0-9]{36,255}\b|\bgithub_pat_[A-Za-z0-9_]{60,255}\b/],
  ['GitLab', /\bglpat-[A-Za-z0-9_-]{20,}/],
  ['Slack', /\bxox[abeoprs]-[A-Za-z0-9-]{20,}/],
  ['Stripe', /\b[rs]k_live_[A-Za-z0-9]{20,}/],
  ['Google', /\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/],
  ['Anthropic', /\bsk-ant-[A-Za-z0-9_-]{20,}/],
  ['OpenAI', /\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}/],
  ['SendGrid', /\bSG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{40,48}(?![A-Za-z0-9_-])/],
  ['npm', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['Cloudflare', /\bcf(?:ut|at|k|oat)_[A-Za-z0-9_-]{30,}/],
  ['private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/],
];

/** Whose token is in a text, by its form; never the token itself. */
export const secretIn = (text: string): string | undefined => FORMS.find(([, form]) => form.test(text))?.[0];
