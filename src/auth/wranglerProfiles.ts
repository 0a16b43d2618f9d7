import type { Finished } from './runProgram.ts';

/** A login that wrangler keeps by name (since 4.106, experimental). */
export interface WranglerProfile {
  readonly name: string;
  /** As wrangler prints them; empty for none. */
  readonly folders: string;
}

/** The one that `wrangler login` makes. */
const DEFAULT = 'default';

/** What `wrangler auth list` prints: a table, for it has no other form. Empty for anything else. */
export function profilesOf({ code, stdout }: Pick<Finished, 'code' | 'stdout'>): readonly WranglerProfile[] {
  if (code !== 0) return [];
  const rows = stdout.split('\n').flatMap((line) => {
    const [, name, folders] = /^\s*[│|]\s*([\w-]+)\s*[│|]\s*(.*?)\s*[│|]\s*$/.exec(line) ?? [];
    return name === undefined || folders === undefined ? [] : { name, folders: folders === '-' ? '' : folders };
  });
  // The first row heads the columns.
  return rows.slice(1);
}

/** What makes or renews a login in a terminal. A name has letters, digits, `-` and `_` alone. */
export const loginCommand = (profile: string | undefined): string =>
  profile === undefined || profile === DEFAULT ? 'npx wrangler login' : `npx wrangler auth create ${profile}`;

export const isProfileName = (text: string): boolean => /^[\w-]+$/.test(text);
