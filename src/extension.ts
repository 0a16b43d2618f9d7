import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { CloudflareKvApi } from '../api.d.ts';
import { publicApi } from './api.ts';
import { registerCommands } from './commands/registerCommands.ts';
import { createServices } from './createServices.ts';

/** Builds the services and registers everything. Awaits nothing, so restored editors find their file system. */
export function activate(context: vscode.ExtensionContext): CloudflareKvApi {
  const start = performance.now();
  if (vscode.l10n.bundle) l10n.config({ contents: vscode.l10n.bundle });
  const { services, owned, startLater } = createServices(context);
  const later = setImmediate(() => context.subscriptions.push(...startLater()));
  const [api, ownedByApi] = publicApi(services.sources);
  context.subscriptions.push(...owned, ownedByApi, registerCommands(services), {
    dispose: () => clearImmediate(later),
  });
  performance.measure('cloudflareKv.activate', { start });
  return api;
}
