import * as vscode from 'vscode';
import { hereEstimate, insideEstimate } from '../../core/cost/inside.ts';
import type { Selection } from '../../core/store/selection.ts';
import { isAccount } from '../../core/store/sourceId.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import { CALLED_BY_MESSAGE, commandId } from '../../ids.ts';
import { USUAL_SPEED } from '../../inside/job.ts';
import { price, roughTime } from '../../ui/aboutAmounts.ts';
import type { Run } from '../invocation/command.ts';
import type { JobStart } from './askInside.ts';
import type { KnownSize } from './size.ts';
import { staysHere, WORTH_SECONDS } from './ways.ts';

/** Work on an account that a job could do too. */
export type InsideOffer = Pick<JobStart, 'job' | 'to' | 'query'> & { readonly job: NonNullable<JobStart['job']> };

interface Offered {
  readonly offer: InsideOffer;
  readonly from: NamespaceRef;
  readonly selection: Selection;
  readonly size: KnownSize;
  /** Asked anyway: "Copy 12,400 keys from SESSIONS (Acme Inc)?", and what is said of it. */
  readonly question: string;
  readonly detail: string;
}

/** A job has one prefix, or keys. */
const isOneJob = ({ keys, prefixes }: Selection): boolean =>
  prefixes.length === 0 || (prefixes.length === 1 && keys.length === 0);

/** Whether a job could do it at all: within one account, from one namespace to another. */
export const canRunInside = ({
  offer: { to },
  from,
  selection,
}: Pick<Offered, 'offer' | 'from' | 'selection'>): boolean =>
  isAccount(from.source) &&
  isOneJob(selection) &&
  (to === undefined || (to.source === from.source && to.id !== from.id));

/** Whether it takes so long from here that a job is worth the question. Of what is not counted to its end, nobody knows. */
export const isWorthIt = ({ job }: Pick<InsideOffer, 'job'>, { keys, how }: KnownSize): boolean =>
  hereEstimate({ job, keys }).seconds > WORTH_SECONDS || how === 'atLeast';

/** Why long work between two accounts stays here; empty where that is not the reason. */
export function whyNotInside({ job, to }: InsideOffer, { source }: NamespaceRef, { keys }: KnownSize): string {
  const areTwo = to !== undefined && isAccount(source) && isAccount(to.source) && to.source !== source;
  return areTwo ? staysHere('acrossAccounts', hereEstimate({ job, keys }).seconds) : '';
}

/**
 * Asks which of both ways is taken, with time and price of each. `here` for the usual one; `undefined` when the question was
 * dismissed, or the job was taken: it asks by itself for what it needs.
 */
export async function askWay(offered: Offered, { waitFor }: Pick<Run, 'waitFor'>): Promise<'here' | undefined> {
  const { offer, from, selection, question, detail } = offered;
  const { inside, here } = wayTexts(offered);
  const asked = vscode.window.showWarningMessage(withoutLinks(question), { modal: true, detail }, inside, here);
  const answer = await waitFor(Promise.resolve(asked));
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
    inside: vscode.l10n.t(
      'Run Inside Cloudflare, about {0}, {1}',
      ...[roughTime(inside.seconds), price(inside.dollars)],
    ),
    here: vscode.l10n.t('Run Here, about {0}, {1}', roughTime(here.seconds), price(here.dollars)),
  };
}
