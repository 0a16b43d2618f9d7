import * as vscode from 'vscode';
import { isKvError } from '../core/base/errors.ts';
import { parseExpiration, parseInstant } from '../core/entry/expiration.ts';
import type { LifetimeClock } from '../core/entry/lifetimeClock.ts';
import { MIN_LIFETIME_SECONDS } from '../core/entry/limits.ts';
import { formatInstant } from '../core/entry/remaining.ts';
import { inputText } from './inputText.ts';

/** An answer: Unix seconds, or `null` for never. */
export type ExpirationAnswer = { readonly expiration: number | null };

interface ExpirationItem extends vscode.QuickPickItem {
  readonly answer: number | 'ask' | null;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Asks when a key should expire, by the clock of its namespace. `undefined` when dismissed. */
export async function pickExpiration(
  key: string,
  title: string,
  clock: LifetimeClock,
): Promise<ExpirationAnswer | undefined> {
  const now = clock.now();
  const after = (label: string, seconds: number): ExpirationItem => ({
    label,
    description: formatInstant(now + seconds),
    answer: seconds,
  });
  const items: ExpirationItem[] = [
    after(vscode.l10n.t('In 5 minutes'), 5 * MINUTE),
    after(vscode.l10n.t('In 1 hour'), HOUR),
    after(vscode.l10n.t('In 1 day'), DAY),
    after(vscode.l10n.t('In 30 days'), 30 * DAY),
    { label: vscode.l10n.t('At a date and time…'), answer: 'ask' },
    { label: vscode.l10n.t('Never'), answer: null },
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: vscode.l10n.t('When should it expire?'),
  });
  if (!picked) return undefined;
  if (picked.answer === 'ask') return inputInstant(key, title, clock);
  return { expiration: picked.answer === null ? null : clock.now() + picked.answer };
}

async function inputInstant(key: string, title: string, clock: LifetimeClock): Promise<ExpirationAnswer | undefined> {
  const text = await inputText({
    title,
    prompt: vscode.l10n.t('Local date and time, such as 2026-12-31 18:00, or Unix seconds'),
    value: localText(clock.now() + HOUR),
    validateInput: (typed) => {
      const result = readInstant(key, typed, clock);
      return typeof result === 'string'
        ? result
        : { message: formatInstant(result), severity: vscode.InputBoxValidationSeverity.Info };
    },
  });
  const result = text === undefined ? undefined : readInstant(key, text, clock);
  return typeof result === 'number' ? { expiration: result } : undefined;
}

/** Unix seconds, or why the text is not a valid time. */
function readInstant(key: string, text: string, clock: LifetimeClock): number | string {
  try {
    const expiration = parseExpiration(key, { expiration: text.trim() }, clock.now(), { typed: true });
    return expiration ?? vscode.l10n.t('Type a date and time.');
  } catch (error) {
    if (!isKvError(error)) throw error;
    return whyRefused(key, text, clock);
  }
}

/** The hint for a text that cannot be accepted. */
function whyRefused(key: string, text: string, clock: LifetimeClock): string {
  try {
    const instant = parseInstant(key, text.trim(), { typed: true });
    return instant < clock.now()
      ? vscode.l10n.t('{0} has passed. Type a time at least {1} s ahead.', formatInstant(instant), MIN_LIFETIME_SECONDS)
      : vscode.l10n.t(
          '{0} is too soon. Type a time at least {1} s ahead.',
          formatInstant(instant),
          MIN_LIFETIME_SECONDS,
        );
  } catch {
    return vscode.l10n.t(
      'Type a date and time of the calendar, such as 2026-12-31 18:00, until 2038, or Unix seconds.',
    );
  }
}

function localText(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
