/** A text on a single line: as it is, or as JSON if it has control characters or line separators. */
export const oneLine = (text: string): string =>
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text) ? JSON.stringify(text) : text;
