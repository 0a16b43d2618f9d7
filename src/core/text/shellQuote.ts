import { win32 } from 'node:path';

/**
 * The shell into which a user pastes a command line. `windowsPowershell` is the version included in Windows, up to 5.1.
 */
export type Shell = 'posix' | 'fish' | 'powershell' | 'windowsPowershell' | 'cmd';

/** The shell at a path, as VS Code reports the one for new terminals. */
export function shellAt(path: string, platform: NodeJS.Platform): Shell {
  switch (
    win32
      .basename(path)
      .toLowerCase()
      .replace(/\.exe$/, '')
  ) {
    case 'pwsh':
    case 'pwsh-preview':
      return 'powershell';
    case 'powershell':
      return 'windowsPowershell';
    case 'cmd':
      return 'cmd';
    case 'fish':
      return 'fish';
    case '':
      return platform === 'win32' ? 'windowsPowershell' : 'posix';
    default:
      return 'posix';
  }
}

/** Words that need no quotes. A `=` at the beginning does, because zsh would look for a program with that name. */
const PLAIN: Readonly<Record<Shell, RegExp>> = {
  posix: /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/,
  fish: /^[A-Za-z0-9_@+:,./-][A-Za-z0-9_@%+=:,./-]*$/,
  // In PowerShell, a comma makes a list, `@` is the splatting operator, and a dot or colon ends an option.
  powershell: /^(?:--?[A-Za-z][A-Za-z-]*|[A-Za-z0-9_./\\][A-Za-z0-9_./\\:+-]*)$/,
  windowsPowershell: /^(?:--?[A-Za-z][A-Za-z-]*|[A-Za-z0-9_./\\][A-Za-z0-9_./\\:+-]*)$/,
  // Batch files such as npx treat `,`, `;` and `=` as the end of a word.
  cmd: /^[A-Za-z0-9_@+:./\\-]+$/,
};

/** Quotes one word of a command line for a user to paste. */
export function shellQuote(word: string, shell: Shell): string {
  if (PLAIN[shell].test(word)) return word;
  switch (shell) {
    case 'posix':
      return `'${word.replaceAll("'", `'\\''`)}'`;
    case 'fish':
      return `'${word.replace(/[\\']/g, '\\$&')}'`;
    case 'powershell':
      return powershellText(word);
    case 'windowsPowershell':
      // Unlike later versions, it passes double quotes on unescaped, and the program would remove them.
      return powershellText(word.replace(/(\\*)"/g, '$1$1\\"'));
    case 'cmd':
      return `"${word.replace(/(\\*)"/g, '$1$1""').replace(/\\+$/, '$&$&')}"`;
  }
}

/** Typographic quotes end a string too. */
const powershellText = (text: string): string => `'${text.replace(/['‘’‚‛]/g, '$&$&')}'`;

/**
 * A text followed by the value of an environment variable, in double quotes. The rest of the text must need no
 * escaping.
 */
export function quotedWithVariable(text: string, variable: string, shell: Shell): string {
  switch (shell) {
    case 'posix':
    case 'fish':
      return `"${text}$${variable}"`;
    case 'powershell':
    case 'windowsPowershell':
      return `"${text}$env:${variable}"`;
    case 'cmd':
      return `"${text}%${variable}%"`;
  }
}
