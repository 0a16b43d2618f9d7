import * as vscode from 'vscode';
import type { OperationKind } from '../../core/cost/pricing.ts';
import { locale } from '../../core/text/locale.ts';
import type { PlanItem } from '../../core/usage/plans.ts';

/** The names of operations and storage in legends and tables. */
export const kindNames = (): Readonly<Record<OperationKind, string>> => ({
  reads: vscode.l10n.t('Reads'),
  writes: vscode.l10n.t('Writes'),
  deletes: vscode.l10n.t('Deletes'),
  lists: vscode.l10n.t('Lists'),
});

export const itemName = (item: PlanItem): string => (item === 'storage' ? vscode.l10n.t('Storage') : kindNames()[item]);

/** A UTC day in readable form. */
export const dayText = (day: string): string =>
  new Date(`${day}T00:00:00Z`).toLocaleDateString(locale(), { timeZone: 'UTC', dateStyle: 'medium' });

/** The month of a day, in readable form. */
export const monthText = (day: string): string =>
  new Date(`${day}T00:00:00Z`).toLocaleDateString(locale(), {
    timeZone: 'UTC',
    month: 'long',
    year: 'numeric',
  });

export const daysText = (days: number): string =>
  days === 1 ? vscode.l10n.t('today') : vscode.l10n.t('last {0} days', days);
