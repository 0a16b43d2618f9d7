import * as vscode from 'vscode';
import type { ErrorPage } from '../../core/base/errorPages.ts';
import type { CheckId, CheckState } from '../../core/check/item.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { oneLine } from '../../core/text/oneLine.ts';
import { explainCommand } from '../../core/text/wayOut.ts';
import { valueUri } from '../../fs/kvUri.ts';
import { resultsLanguage } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { linkTo } from '../../ui/openCommand.ts';
import type { ReportLine } from '../../ui/reports.ts';

/** Evidence for the result of a check: a sentence, and the place in a file or the key that it is about. */
export interface Evidence {
  readonly text: string;
  readonly uri?: vscode.Uri;
  readonly range?: vscode.Range;
  readonly namespace?: NamespaceRef;
  readonly key?: string;
}

export interface CheckResult {
  readonly id: CheckId;
  readonly state: CheckState;
  readonly evidence: readonly Evidence[];
}

const TITLES: Readonly<Record<CheckId, () => string>> = {
  'separate-namespaces': () => vscode.l10n.t('Development has namespaces of its own'),
  environments: () => vscode.l10n.t('Environments have the KV bindings of the top level'),
  'public-ids': () => vscode.l10n.t('IDs of the account are not public'),
  types: () => vscode.l10n.t('Generated types have the KV bindings'),
  expirations: () => vscode.l10n.t('What is short-lived expires'),
  limits: () => vscode.l10n.t('Keys, values and metadata keep away from the limits'),
  secrets: () => vscode.l10n.t('No secrets in values'),
  'cache-ttl': () => vscode.l10n.t('Reads use the cache'),
  'bulk-reads': () => vscode.l10n.t('Many keys are read at once'),
  'list-complete': () => vscode.l10n.t('Lists are read to their end'),
  retries: () => vscode.l10n.t('Errors of writes are caught'),
  'null-handling': () => vscode.l10n.t('Missing keys are expected'),
  'write-rate': () => vscode.l10n.t('No key is written more than once a second'),
  cost: () => vscode.l10n.t('Cost at the pace of the last seven days'),
};

/** The page that explains a failed check. */
const PAGES: Partial<Record<CheckId, ErrorPage>> = {
  limits: 'value-size',
  'cache-ttl': 'cache-ttl',
  'bulk-reads': 'bulk-read',
  'list-complete': 'list-limit',
  retries: 'write-rate',
  'write-rate': 'write-rate',
  'null-handling': 'key-not-found',
  cost: 'daily-limit',
};

/** The page that explains a problem marked in a file. */
export const problemPages: Readonly<Record<string, ErrorPage>> = {
  'single-reads': 'bulk-read',
  'unread-pages': 'list-limit',
  'no-retry': 'write-rate',
  'repeated-put': 'write-rate',
  'unchecked-null': 'key-not-found',
  'no-expiration': 'expiration',
};

const ORDER: readonly CheckState[] = ['failed', 'unknown', 'passed'];

/** Opens the results as a document: failed checks first, then unknown ones. */
export async function openCheckReport(
  results: readonly CheckResult[],
  about: {
    readonly title: string;
    readonly sources: readonly string[];
    /** Shown first. */
    readonly note?: string | undefined;
  },
  { reports }: Services,
): Promise<void> {
  const count = (state: CheckState): number => results.filter((one) => one.state === state).length;
  const heading = vscode.l10n.t(
    '{0}: {1} failed, {2} not known, {3} passed',
    about.title,
    count('failed'),
    count('unknown'),
    count('passed'),
  );
  const lines = [
    ...(about.note === undefined ? [] : [{ text: about.note }, { text: '' }]),
    ...ORDER.flatMap((state) => results.filter((one) => one.state === state)).flatMap(linesOf),
  ];
  await reports.open(about.title, resultsLanguage, heading, about.sources, { lines, more: 0 });
}

function linesOf({ id, state, evidence }: CheckResult): ReportLine[] {
  const title = TITLES[id]();
  const page = state === 'failed' ? PAGES[id] : undefined;
  const head: Record<CheckState, () => string> = {
    failed: () => vscode.l10n.t('Failed: {0}', title),
    unknown: () => vscode.l10n.t('Not known: {0}', title),
    passed: () => vscode.l10n.t('Passed: {0}', title),
  };
  return [{ text: head[state]() }, ...evidence.map(evidenceLine), ...(page ? [pageLine(page)] : []), { text: '' }];
}

function evidenceLine({ text, uri, range, namespace, key }: Evidence): ReportLine {
  const said = oneLine(text);
  if (namespace && key !== undefined) {
    const target = linkTo(valueUri(namespace, key));
    return { text: `  ${said}`, link: { start: 2, length: said.length, target } };
  }
  if (!uri) return { text: `  ${said}` };
  const { line = 0, character = 0 } = range?.start ?? {};
  const place = `${vscode.workspace.asRelativePath(uri)}:${line + 1}`;
  const target = uri.with({ fragment: `L${line + 1},${character + 1}` });
  return { text: `  ${place}  ${said}`, link: { start: 2, length: place.length, target } };
}

function pageLine(page: ErrorPage): ReportLine {
  const text = vscode.l10n.t('Learn More');
  const query = encodeURIComponent(JSON.stringify([page]));
  const target = vscode.Uri.from({ scheme: 'command', path: explainCommand, query });
  return { text: `  ${text}`, link: { start: 2, length: text.length, target } };
}
