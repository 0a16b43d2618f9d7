import * as vscode from 'vscode';
import { countText } from '../core/text/countText.ts';

/** No rate is shown before this many milliseconds. */
const SETTLED_MS = 1000;

/**
 * Starts measuring work on many keys. The returned function adds rate and remaining time to a progress text: "Copying
 * 4,200 of 12,400 keys to SESSIONS (local, shop) · 1,900/s · 4 s left". Without a total, it adds the rate only.
 */
export function startPace(total?: number): (text: string, done: number) => string {
  const start = performance.now();
  return (text, done) => {
    const elapsed = performance.now() - start;
    const rate = (done * 1000) / elapsed;
    if (elapsed < SETTLED_MS || rate < 1) return text;
    const parts = [text, vscode.l10n.t('{0}/s', countText(Math.round(rate)))];
    if (total !== undefined && total > done) parts.push(remaining(Math.ceil((total - done) / rate)));
    return parts.join(' · ');
  };
}

const remaining = (seconds: number): string =>
  seconds < 120 ? vscode.l10n.t('{0} s left', seconds) : vscode.l10n.t('{0} min left', Math.round(seconds / 60));
