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
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    if (path.includes(text)) return path;
    if (!entry.isFile()) return [];
    const content = read(path);
    return forms.some((form) => content.includes(form)) ? path : [];
  });
}

/** A file may disappear while others are read. */
function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
