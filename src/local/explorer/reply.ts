import { isTable } from '../../core/base/table.ts';
import { parseWithMetadata } from '../../core/entry/metadataJson.ts';
import type { Reply } from './http.ts';

/** The Explorer's answer to a call, in the form of Cloudflare's own API. */
export type Answer =
  | { readonly kind: 'ok'; readonly result: unknown; readonly info: Readonly<Record<string, unknown>> }
  /** `code` 10001: the request is invalid; 10000: the storage refused; 10009: no such key; 10013: no such namespace. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly code: number;
      readonly message: string;
      readonly result: unknown;
    }
  /** Not from the Explorer but from the user's Worker, another program, or a version without this route. */
  | { readonly kind: 'foreign'; readonly status: number };

/** Only JSON with `success` is the Explorer's: the user's Worker may answer on the same path. */
export function answerOf({ status, type, body }: Reply): Answer {
  const foreign: Answer = { kind: 'foreign', status };
  if (!type.startsWith('application/json')) return foreign;
  const json = parse(body.toString('utf8'));
  if (!isTable(json)) return foreign;
  if (json.success === true) {
    return { kind: 'ok', result: json.result, info: isTable(json.result_info) ? json.result_info : {} };
  }
  if (json.success !== false) return foreign;
  const error: unknown = Array.isArray(json.errors) ? json.errors[0] : undefined;
  const { code, message } = isTable(error) ? error : {};
  return {
    kind: 'error',
    status,
    code: typeof code === 'number' ? code : 0,
    message: typeof message === 'string' ? message : '',
    result: json.result,
  };
}

function parse(text: string): unknown {
  try {
    // Only a listing has metadata at this place.
    return parseWithMetadata(text, ['result', '*', 'metadata']);
  } catch {
    return undefined;
  }
}
