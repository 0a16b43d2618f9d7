import type { JobParams } from '../protocol.ts';
import type { Env } from './context.ts';
import { objectName } from './export.ts';
import type { Progress } from './progress.ts';

/** Writes the list of an export's objects, in the format that the extension's folder import reads. */
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
