import { readFile } from 'node:fs/promises';
import type * as vscode from 'vscode';
import { withoutMark } from '../../core/text/withoutMark.ts';

/** Files that may contain Worker code. */
export const FILES = '**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs,astro}';
const FOLDERS: readonly string[] = [
  'node_modules',
  'bower_components',
  '.yarn',
  '.pnpm-store',
  'dist',
  'build',
  'out',
  'coverage',
  '.wrangler',
  '.open-next',
  '.next',
  '.nuxt',
  '.nitro',
  '.output',
  '.svelte-kit',
  '.astro',
  '.react-router',
  '.vercel',
  '.netlify',
  '.turbo',
  '.vite',
  '.cache',
  '.parcel-cache',
];
/** Skipped in addition to what the user's own settings hide: the output of tools. */
export const MADE_BY_TOOLS = `**/{${FOLDERS.join()}}/**`;
export const MOST_FILES = 20_000;

/** The text of a file from its editor or from disk, without a byte order mark; empty if it cannot be read. */
export async function readCode(uri: vscode.Uri, open: ReadonlyMap<string, vscode.TextDocument>): Promise<string> {
  const text = open.get(uri.toString())?.getText();
  return text ?? withoutMark(await readFile(uri.fsPath, 'utf8').catch(() => ''));
}
