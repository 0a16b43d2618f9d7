import { keep, kept } from './host.ts';

/*
 * A page that is drawn anew is short until its pictures have come: the browser then moves up what is shown. Only where
 * somebody has scrolled to is kept, and the page is there again as soon as it is long enough.
 */

let wanted = kept().scroll;
/** Where we, or the browser for want of room, put the page last. */
let given = 0;

addEventListener('scrollend', rememberScroll);

/** Before anything is taken from the page. */
export function rememberScroll(): void {
  const lowest = document.documentElement.scrollHeight - innerHeight;
  const isCutOff = lowest < wanted && scrollY >= lowest - 1;
  // With zoom, positions are no whole numbers.
  if (isCutOff || Math.abs(scrollY - given) <= 1) return;
  wanted = given = scrollY;
  keep({ scroll: wanted });
}

/** After something was drawn. */
export function restoreScroll(): void {
  rememberScroll();
  if (Math.abs(scrollY - wanted) > 1) scrollTo(0, wanted);
  given = scrollY;
}
