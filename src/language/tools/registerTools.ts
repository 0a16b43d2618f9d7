import * as vscode from 'vscode';
import { toolNames } from '../../ids.ts';
import type { Services } from '../../services.ts';

/** Registers all tools for language models; their code is loaded with the first call. */
export function registerTools(services: Services): vscode.Disposable {
  const load = () => import('./tools.lazy.ts');
  return vscode.Disposable.from(
    ...toolNames.map((name) =>
      vscode.lm.registerTool<unknown>(name, {
        prepareInvocation: async ({ input }) => (await load()).prepareTool(name, input, services),
        invoke: async ({ input }, token) => (await load()).invokeTool(name, input, services, token),
      }),
    ),
  );
}
