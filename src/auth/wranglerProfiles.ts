import type { Finished } from './runProgram.ts';

/** A named login of wrangler (since 4.106, experimental). */
export interface WranglerProfile {
  readonly name: string;
  /** As printed by wrangler; empty if there are none. */
  readonly folders: string;
}

/** The one that `wrangler login` creates. */
const DEFAULT = 'default';

/** Parses the output of `wrangler auth list`, which is only available as a table. Empty for anything else. */
export function profilesOf({ code, stdout }: Pick<Finished, 'code' | 'stdout'>): readonly WranglerProfile[] {
  if (code !== 0) return [];
  const rows = stdout.split('\n').flatMap((line) => {
    const [, name, folders] = /^\s*[│|]\s*([\w-]+)\s*[│|]\s*(.*?)\s*[│|]\s*$/.exec(line) ?? [];
    return name === undefined || folders === undefined ? [] : { name, folders: folders === '-' ? '' : folders };
  });
  // The first row has the column headings.
  return rows.slice(1);
}

/** The terminal command that creates or renews a login. Names only contain letters, digits, `-` and `_`. */
export const loginCommand = (profile: string | undefined): string =>
  profile === undefined || profile === DEFAULT ? 'npx wrangler login' : `npx wrangler auth create ${profile}`;

export const isProfileName = (text: string): boolean => /^[\w-]+$/.test(text);
