import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// The package unpacks into os.tmpdir(), so whoever runs this file chooses the folder by TMPDIR.
const file = createRequire(import.meta.url).resolve('@sparticuz/chromium');
const { default: chromium }: { default: { executablePath(): Promise<string> } } = await import(
  pathToFileURL(file).href
);
await chromium.executablePath();
