import * as l10n from '@vscode/l10n';
import { tablesOf } from '../cloudflare/json.ts';
import { isTable, type Table } from '../core/base/table.ts';
import type { JobApi } from './jobApi.ts';
import { parsed } from './jobState.ts';
import { partId, partsOf } from './names.ts';
import type { Finding, ProgressReport } from './protocol.ts';

/** The report of a job: a line of JSON for each key that failed, matched or differs, from the results of its parts. */
export async function* reportOf(
  api: JobApi,
  script: string,
  reported: ProgressReport | undefined,
  signal: AbortSignal,
): AsyncGenerator<string> {
  for (const message of reported?.errors ?? []) yield JSON.stringify({ kind: 'failed', message });
  const named = { failed: 0, match: 0, differs: 0 };
  for (const number of reported?.notable ?? []) {
    for await (const { kind, key, text, line } of findingsOf(api, script, number, signal)) {
      if (kind in named) named[kind]++;
      const what = { [kind === 'match' ? 'text' : 'message']: text };
      yield JSON.stringify({ kind, key, ...what, ...(line !== undefined && { line }) });
    }
  }
  // A page keeps a limited number of findings, and a limited number of matches per value. The others were only counted.
  const { failed = 0, matches: match = 0, differs = 0 } = reported?.tally ?? {};
  const counted = { failed, match, differs };
  for (const kind of ['failed', 'match', 'differs'] as const) {
    const more = counted[kind] - named[kind];
    if (more <= 0) continue;
    yield JSON.stringify({ kind, message: l10n.t('{0} more, which the report has no room for.', more) });
  }
}

/** The findings of a part. The answer for an instance shortens long outputs; if so, each page is requested. */
async function* findingsOf(api: JobApi, script: string, number: number, signal: AbortSignal): AsyncGenerator<Finding> {
  const [workflow, id] = [partsOf(script), partId(number)];
  const part = await api.instance(workflow, id, signal);
  if (part === undefined) return;
  const output = parsed(part.output);
  if (isTable(output)) {
    yield* foundIn(output);
    return;
  }
  const pages = tablesOf(part.steps)
    .filter(({ name, success }) => success === true && /^page \d+/.test(String(name)))
    .sort((a, b) => pageNumber(a) - pageNumber(b));
  for (const page of pages) {
    const shown = parsed(page.output);
    const whole = isTable(shown) ? shown : parsed((await api.step(workflow, id, String(page.name), signal))?.output);
    // A page that was given up has findings for the keys it did; another part does the rest.
    if (isTable(whole)) yield* foundIn(whole);
  }
}

const pageNumber = ({ name }: Table): number => Number(/^page (\d+)/.exec(String(name))?.[1] ?? 0);

const foundIn = ({ found }: Table): readonly Finding[] => tablesOf(found) as unknown as readonly Finding[];
