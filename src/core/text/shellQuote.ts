const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** One word of a command line for a person to paste: POSIX shells, or cmd and PowerShell on `win32`. */
export function shellQuote(word: string, platform: NodeJS.Platform): string {
  if (PLAIN.test(word)) return word;
  return platform === 'win32' ? `"${word.replaceAll('"', '""')}"` : `'${word.replaceAll("'", `'\\''`)}'`;
}
