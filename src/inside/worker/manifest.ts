import type { JobParams } from '../protocol.ts';
import type { Env } from './context.ts';
import { objectName } from './export.ts';
import type { Progress } from './progress.ts';

/** Names the objects of an export, in the form that the extension's import of a folder reads. */
export async function writeManifest(env: Env, { folder, request }: JobParams, progress: Progress): Promise<number> {
  if (env.BUCKET === undefined || folder === undefined) throw new Error('This job has no bucket.');
  const parts = progress.objects.flatMap(({ part, pages }) =>
    Array.from({ length: pages }, (_, page) => objectName(folder, part, page).slice(folder.length + 1)),
  );
  await env.BUCKET.put(`${folder}/kv-manifest.json`, `${JSON.stringify({ parts }, null, 1)}\n`, {
    httpMetadata: { contentType: 'application/json' },
    customMetadata: { namespace: request.from.id, keys: String(progress.tally.done) },
  });
  return parts.length;
}
