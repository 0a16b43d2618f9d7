import * as l10n from '@vscode/l10n';
import { tablesOf } from '../cloudflare/json.ts';
import { isTable, type Table } from '../core/base/table.ts';
import type { JobApi } from './jobApi.ts';
import { parsed } from './jobState.ts';
import { partId, partsOf } from './names.ts';
import type { Finding, ProgressReport } from './protocol.ts';

/** The report of a job, a line of JSON for each key that failed, matched or differs: what its parts have found. */
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
  // A page keeps only so much, and so many matches of one value; what is beyond it was counted.
  const { failed = 0, matches: match = 0, differs = 0 } = reported?.tally ?? {};
  const counted = { failed, match, differs };
  for (const kind of ['failed', 'match', 'differs'] as const) {
    const more = counted[kind] - named[kind];
    if (more <= 0) continue;
    yield JSON.stringify({ kind, message: l10n.t('{0} more, which the report has no room for.', more) });
  }
}

/** What a part has found. The answer for an instance shortens long outputs: then each page is asked for. */
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
    // One that was given up has found what it has done; the rest is in another part.
    if (isTable(whole)) yield* foundIn(whole);
  }
}

const pageNumber = ({ name }: Table): number => Number(/^page (\d+)/.exec(String(name))?.[1] ?? 0);

const foundIn = ({ found }: Table): readonly Finding[] => tablesOf(found) as unknown as readonly Finding[];
