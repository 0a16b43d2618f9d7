import { win32 } from 'node:path';

/** What reads a command line that a person pastes. `windowsPowershell` is the one of Windows itself, up to 5.1. */
export type Shell = 'posix' | 'fish' | 'powershell' | 'windowsPowershell' | 'cmd';

/** The shell at a path, as VS Code names that of new terminals. */
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

/** Words that mean themselves. zsh looks for a program behind a `=` at the beginning. */
const PLAIN: Readonly<Record<Shell, RegExp>> = {
  posix: /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/,
  fish: /^[A-Za-z0-9_@+:,./-][A-Za-z0-9_@%+=:,./-]*$/,
  // A comma makes a list, `@` takes a variable apart, and a dot or colon ends an option.
  powershell: /^(?:--?[A-Za-z][A-Za-z-]*|[A-Za-z0-9_./\\][A-Za-z0-9_./\\:+-]*)$/,
  windowsPowershell: /^(?:--?[A-Za-z][A-Za-z-]*|[A-Za-z0-9_./\\][A-Za-z0-9_./\\:+-]*)$/,
  // Scripts, as npx is one, take `,`, `;` and `=` for the end of a word.
  cmd: /^[A-Za-z0-9_@+:./\\-]+$/,
};

/** One word of a command line for a person to paste. */
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
      // Unlike later ones it hands double quotes over as they are, and the program takes them away.
      return powershellText(word.replace(/(\\*)"/g, '$1$1\\"'));
    case 'cmd':
      return `"${word.replace(/(\\*)"/g, '$1$1""').replace(/\\+$/, '$&$&')}"`;
  }
}

/** Typographic quotes end a text as well. */
const powershellText = (text: string): string => `'${text.replace(/['‘’‚‛]/g, '$&$&')}'`;

/** A text in double quotes that ends with the value of an environment variable; all of it is plain otherwise. */
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
