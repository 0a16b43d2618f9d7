/*
 * The page is drawn anew while somebody walks through it with the keys. What had the focus is known by its
 * `data-focus`, and has it again as soon as it is there: pictures come a moment after everything else.
 */

let wanted: string | undefined;

const selectorOf = (id: string): string => `[data-focus="${CSS.escape(id)}"]`;
/** Of a mark; the picture is the one that it is in. */
export const markId = (picture: string, at: number, action = ''): string => `mark ${picture} ${at} ${action}`;
const pictureIn = (id: string): string | undefined => /^mark (\S+) /.exec(id)?.[1];

// Whoever goes on has chosen where to be.
addEventListener('focusin', () => {
  wanted = undefined;
});

addEventListener('focus', () => {
  if (wanted !== undefined) focusOn(document.querySelector(selectorOf(wanted)));
});

/** Before anything is taken from the page. */
export function rememberFocus(): void {
  wanted = document.activeElement?.getAttribute('data-focus') ?? wanted;
}

/** After everything but the pictures was drawn; `elsewhere` gets the focus where what had it has gone. */
export function restoreFocus(elsewhere: HTMLElement): void {
  if (wanted === undefined || focusOn(document.querySelector(selectorOf(wanted)))) return;
  const picture = pictureIn(wanted);
  const isToCome = picture !== undefined && document.querySelector(`[data-drawn="${CSS.escape(picture)}"]`) !== null;
  if (!isToCome) focusOn(elsewhere);
}

/**
 * After a picture was drawn: where it has other marks than before, its first one takes the place of the one that has
 * gone.
 */
export function restoreMark(picture: string, drawing: Element): void {
  if (wanted === undefined || pictureIn(wanted) !== picture) return;
  focusOn(drawing.querySelector(selectorOf(wanted)) ?? drawing.querySelector('.mark'));
}

/** Never takes it from the rest of the window: there it waits until somebody comes back. */
function focusOn(target: Element | null): boolean {
  if (!document.hasFocus() || !(target instanceof HTMLElement || target instanceof SVGElement)) return false;
  target.focus({ preventScroll: true });
  return true;
}
