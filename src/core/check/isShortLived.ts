/** Words in names of keys and bindings that mean short-lived data. */
const WORDS =
  /^(?:sess|sessions?|sessionids?|sid|cache|caches|cached|ratelimits?|ratelimiters?|ratelimiting|throttles?|throttled|throttling|otps?|csrf|xsrf|nonces?)$/;

/** Whether a name says that something is only kept for a while: a session, a cache, a rate limit, a one-time code. */
export function isShortLived(name: string): boolean {
  const words = name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u);
  return words.some((word, index) => WORDS.test(word) || (word === 'rate' && /^limit/.test(words[index + 1] ?? '')));
}
