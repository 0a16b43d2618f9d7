import * as vscode from 'vscode';
import { hereEstimate, insideEstimate } from '../../core/cost/inside.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { Selection } from '../../core/store/selection.ts';
import { CALLED_BY_MESSAGE, commandId } from '../../ids.ts';
import { USUAL_SPEED } from '../../inside/job.ts';
import { price, roughTime } from '../../ui/aboutAmounts.ts';
import { ask } from '../../ui/confirm.ts';
import type { Run } from '../invocation/command.ts';
import type { JobStart } from './askInside.ts';
import type { KnownSize } from './knownSize.ts';
import type { InsideOffer } from './ways.ts';

interface Offered {
  readonly offer: InsideOffer;
  readonly from: NamespaceRef;
  readonly selection: Selection;
  readonly size: KnownSize;
  /** The usual question: "Copy 12,400 keys from SESSIONS (Acme Inc)?", with its detail. */
  readonly question: string;
  readonly detail: string;
}

/**
 * Asks which of two ways to take, with the time and price of each. `here` for the usual one. `undefined` when
 * dismissed, or if the job was chosen: that one asks for what it needs itself.
 */
export async function askWay(offered: Offered, { waitFor }: Pick<Run, 'waitFor'>): Promise<'here' | undefined> {
  const { offer, from, selection, question, detail } = offered;
  const { inside, here } = wayTexts(offered);
  const answer = await waitFor(ask(question, detail, [inside, here]));
  if (answer === here) return 'here';
  if (answer !== inside) return undefined;
  const start: JobStart = { ...offer, from, selection };
  const running = vscode.commands.executeCommand(commandId('runInside'), CALLED_BY_MESSAGE, JSON.stringify(start));
  await waitFor(Promise.resolve(running));
  return undefined;
}

/** "Run Inside Cloudflare, about 4 min, $5.54" and "Run Here, about 7.7 h, $5.50". */
function wayTexts({ offer, size: { keys, how } }: Pick<Offered, 'offer' | 'size'>) {
  if (how === 'atLeast') {
    return { inside: vscode.l10n.t('Run Inside Cloudflare…'), here: vscode.l10n.t('Run Here') };
  }
  const inside = insideEstimate({ job: offer.job, keys, partsAtOnce: USUAL_SPEED });
  const here = hereEstimate({ job: offer.job, keys });
  return {
    inside: vscode.l10n.t('Run Inside Cloudflare, about {0}, {1}', roughTime(inside.seconds), price(inside.dollars)),
    here: vscode.l10n.t('Run Here, about {0}, {1}', roughTime(here.seconds), price(here.dollars)),
  };
}
