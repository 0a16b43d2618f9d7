/** Escapes these line separators in JSON, because an editor would ask about them and may remove them. */
export const withoutSeparators = (json: string): string =>
  json.replace(/[\u2028\u2029]/g, (separator) => (separator === '\u2028' ? '\\u2028' : '\\u2029'));
