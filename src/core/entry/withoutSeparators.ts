/** A JSON document as an editor leaves it: it would ask about these line separators, and may remove them. */
export const withoutSeparators = (json: string): string =>
  json.replace(/[\u2028\u2029]/g, (separator) => (separator === '\u2028' ? '\\u2028' : '\\u2029'));
