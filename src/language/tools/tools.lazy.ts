import * as vscode from 'vscode';
import { followToken } from '../../core/base/cancel.ts';
import { errorText, isKvError } from '../../core/base/errors.ts';
import type { ToolName } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { logError } from '../../ui/reportError.ts';
import { deleteKey } from './deleteKey.ts';
import { getValue } from './getValue.ts';
import { listKeys } from './listKeys.ts';
import { listNamespaces } from './listNamespaces.ts';
import { putValue } from './putValue.ts';
import type { Tool } from './tool.ts';

const tools: Readonly<Record<ToolName, Tool>> = {
  cloudflare_kv_list_namespaces: listNamespaces,
  cloudflare_kv_list_keys: listKeys,
  cloudflare_kv_get_value: getValue,
  cloudflare_kv_put_value: putValue,
  cloudflare_kv_delete_key: deleteKey,
};

/** What to show while the tool runs, and what to ask first. Changes nothing and never throws. */
export async function prepareTool(
  name: ToolName,
  input: unknown,
  services: Services,
): Promise<vscode.PreparedToolInvocation> {
  const { doing, confirmation } = tools[name];
  const confirmationMessages = await confirmation?.(input, services);
  return { invocationMessage: doing(), ...(confirmationMessages && { confirmationMessages }) };
}

/**
 * Runs a tool. Nothing may have been checked, because any extension can call it with any input. Throws messages that a
 * model can act on.
 */
export async function invokeTool(
  name: ToolName,
  input: unknown,
  services: Services,
  token: vscode.CancellationToken,
): Promise<vscode.LanguageModelToolResult> {
  const followed = followToken(token);
  try {
    const text = await tools[name].invoke(input, services, followed.signal);
    return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
  } catch (error) {
    if (isKvError(error, 'cancelled')) throw new vscode.CancellationError();
    logError(services.log, name, error);
    throw isKvError(error) ? error : new Error(`Cloudflare KV met an unexpected problem: ${errorText(error)}`);
  } finally {
    followed.dispose();
  }
}
