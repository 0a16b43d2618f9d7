/** Words in names of keys and bindings that mean short-lived data. */
const WORDS =
  /^(?:sess|sessions?|sessionids?|sid|cache|caches|cached|ratelimits?|ratelimiters?|ratelimiting|throttles?|throttled|throttling|otps?|csrf|xsrf|nonces?)$/;

/** Words for what stays, although it is about short-lived data: its settings, its version. */
const LASTING =
  /^(?:configs?|configuration|settings?|options?|preferences|polic(?:y|ies)|rules?|versions?|timeouts?|ttls?|durations?|intervals?|lifetimes?|control|max|enabled|disabled|flags?)$/;

/** Whether a name says that something is only kept for a while: a session, a cache, a rate limit, a one-time code. */
export function isShortLived(name: string): boolean {
  const words = wordsOf(name);
  return words.some((_, index) => shortLivedAt(words, index) > 0) && !mayLast(name);
}

/** Whether a name may be of something that stays, such as `config:rate-limit` and `cache-version`. */
export function mayLast(name: string): boolean {
  const words = wordsOf(name);
  return words.some((word, index) => {
    const length = shortLivedAt(words, index);
    return (index === 0 && LASTING.test(word)) || (length > 0 && LASTING.test(words[index + length] ?? ''));
  });
}

const wordsOf = (name: string): readonly string[] =>
  name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u);

/** The number of words from here that mean short-lived data. */
function shortLivedAt(words: readonly string[], index: number): number {
  if (WORDS.test(words[index] ?? '')) return 1;
  return words[index] === 'rate' && /^limit/.test(words[index + 1] ?? '') ? 2 : 0;
}
