import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every file below a folder whose name or content includes a text, as UTF-8, UTF-16 or base64. */
export function filesWith(folder: string, text: string): string[] {
  const forms = [
    Buffer.from(text),
    Buffer.from(text, 'utf16le'),
    // Whatever precedes the text, one of these three starts on a base64 boundary.
    ...[0, 1, 2].map((skip) => Buffer.from(Buffer.from(text.slice(skip)).toString('base64').slice(0, -4))),
  ];
  const below = (within: string): string[] =>
    attempt(() => readdirSync(within, { withFileTypes: true }), []).flatMap((entry) => {
      const path = join(within, entry.name);
      if (path.includes(text)) return path;
      if (entry.isDirectory()) return below(path);
      if (!entry.isFile()) return [];
      const content = attempt(() => readFileSync(path), Buffer.alloc(0));
      return forms.some((form) => content.includes(form)) ? path : [];
    });
  return below(folder);
}

/** A file or folder may disappear while others are read. */
function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
