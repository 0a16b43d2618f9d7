import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { shortId } from '../../core/store/names.ts';
import type { KvSource } from '../../core/store/store.ts';

/** Throws `unsupported` if the id of a namespace is unknown: its placeholder must not be written anywhere as an id. */
export function checkHasId(source: Pick<KvSource, 'isIdUnknown'>, id: string): void {
  if (!source.isIdUnknown?.(id)) return;
  throw new KvError(
    'unsupported',
    vscode.l10n.t(
      'The id of {0} is not known: only its database is there, whose name is a hash of the id. It can be read, exported and deleted from.',
      shortId(id),
    ),
  );
}
