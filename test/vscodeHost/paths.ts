import { join } from 'node:path';

/** The checkout. */
export const root = join(import.meta.dirname, '..', '..');

/** Everything the tests generate; git ignores it. */
export const generated = join(root, '.test');

/** The packages of the VS Code host, with a lockfile of their own. */
export const hostPackages = join(import.meta.dirname, 'node_modules');

/** VS Code's own remote server inside code-server. */
export const vscodeServer = join(hostPackages, 'code-server', 'lib', 'vscode');

/** The extension as `npm run package` writes it. */
export const vsixFile = join(root, 'cloudflare-kv.vsix');
