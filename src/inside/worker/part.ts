import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import type { Finding, Page, PartParams, PartResult, Place, Range } from '../protocol.ts';
import { comparePage, copyPage, deletePage } from './compare.ts';
import { type Env, PageWork } from './context.ts';
import { exportPage } from './export.ts';
import { given } from './given.ts';
import { limitOf, textOf } from './limits.ts';
import { placeOfRest, type ReadPage, readPage } from './readPage.ts';
import { searchPage } from './search.ts';
import { add, costOf, emptyTally } from './tally.ts';

const TRIES_AGAIN = 3;
/** The findings of a part are in its result, of which the engine keeps 1 MiB. */
const MOST_FOUND = 100_000;

/**
 * Works on the keys of a range, one step per page. The result of a step is a checkpoint: where the next page begins,
 * and what the page has done. A page may be done twice, so repeating it must do no harm. A part never fails: what it
 * could not do is the `rest` of its result, which the coordinator gives to another part.
 */
export class Part extends WorkflowEntrypoint<Env, PartParams> {
  override async run(event: Readonly<WorkflowEvent<PartParams>>, step: WorkflowStep): Promise<PartResult> {
    const params = given(event.payload);
    const tally = emptyTally();
    const found: Finding[] = [];
    let range = params.range;
    const isExport = params.work === 'export';
    let pages = 0;
    const retries = { limit: TRIES_AGAIN, delay: params.retryMs, backoff: 'exponential' } as const;
    const config = { retries, timeout: '30 minutes' } as const;
    const result = (more: Partial<PartResult> = {}): PartResult => ({
      tally,
      found,
      pages: isExport ? pages : 0,
      ...more,
    });
    for (let size = 0; ; ) {
      const number = pages;
      const from = range;
      // Nothing is caught here: the engine pauses an instance by means of an error.
      const page = (await step.do(`page ${number}`, config, ({ attempt }) =>
        this.#page(params, from, number, attempt > TRIES_AGAIN),
      )) as Page;
      add(tally, page.tally);
      found.push(...page.found);
      range = next(range, page.place);
      const { limit, error, ended } = page;
      if (error !== undefined) return result({ rest: range, limit, error });
      pages++;
      if (ended || limit) return result({ ...(!ended && { rest: range }), limit });
      size += JSON.stringify(page.found).length;
      if (pages === params.size.pages || size > MOST_FOUND) return result({ rest: range });
    }
  }

  async #page(params: PartParams, range: Range, number: number, isLast: boolean): Promise<Page> {
    const page = new PageWork(this.env, params);
    const { work } = params;
    let read: ReadPage | undefined;
    try {
      read = await readPage(page, range, work === 'missing' || work === 'equal' || work === 'compare');
      if (work === 'export') await exportPage(page, read.pairs, number);
      else if (work === 'search') await searchPage(page, read.pairs);
      else if (work === 'delete') await deletePage(page, read.pairs);
      else if (work === 'compare') await comparePage(page, read.pairs);
      else await copyPage(page, read.pairs);
      page.settle(false);
      const { tally, found, slowedBy } = page;
      return { place: read.place, ended: read.ended, tally, found, ...(slowedBy && { limit: slowedBy }) };
    } catch (error) {
      const limit = limitOf(error);
      if (limit === undefined && !isLast) throw error;
      page.settle(true);
      const why = limit ? { limit, error: textOf(error) } : { error: textOf(error) };
      // Nothing that was done is done again: a key that was deleted would not be found the second time, and one that
      // was copied would count as already present. Only the object of an export must be written as a whole.
      const { tally, found } = page;
      return read && work !== 'export'
        ? { place: placeOfRest(page, range, read.pairs), ended: false, tally, found, ...why }
        : { place: range, ended: false, tally: costOf(tally), found: [], ...why };
    }
  }
}

const next = ({ last, keys }: Range, place: Place): Range => ({ ...place, last, keys });
