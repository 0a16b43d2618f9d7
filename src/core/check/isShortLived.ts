/** Words that a key, or the name of a binding, is put together from. */
const WORDS =
  /^(?:sess|sessions?|sessionids?|sid|cache|caches|cached|ratelimits?|ratelimiters?|ratelimiting|throttles?|throttled|throttling|otps?|csrf|xsrf|nonces?)$/;

/**
 * Whether a name says that what it names is kept for a while only: a session, a cache, a rate limit, a one-time code.
 */
export function isShortLived(name: string): boolean {
  const words = name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u);
  return words.some((word, index) => WORDS.test(word) || (word === 'rate' && /^limit/.test(words[index + 1] ?? '')));
}
