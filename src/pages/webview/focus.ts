/*
 * The page may be redrawn while the user moves through it with the keyboard. The focused element is remembered by its
 * `data-focus` and gets the focus again as soon as it exists: pictures are drawn a moment after everything else.
 */

let wanted: string | undefined;

const selectorOf = (id: string): string => `[data-focus="${CSS.escape(id)}"]`;
/** The `data-focus` of a mark in a picture. */
export const markId = (picture: string, at: number, action = ''): string => `mark ${picture} ${at} ${action}`;
const pictureIn = (id: string): string | undefined => /^mark (\S+) /.exec(id)?.[1];

// The user has moved the focus.
addEventListener('focusin', () => {
  wanted = undefined;
});

addEventListener('focus', () => {
  if (wanted !== undefined) focusOn(document.querySelector(selectorOf(wanted)));
});

/** Call this before anything is removed from the page. */
export function rememberFocus(): void {
  wanted = document.activeElement?.getAttribute('data-focus') ?? wanted;
}

/** Call this when everything but the pictures is drawn. Focuses `elsewhere` if the focused element is gone. */
export function restoreFocus(elsewhere: HTMLElement): void {
  if (wanted === undefined || focusOn(document.querySelector(selectorOf(wanted)))) return;
  const picture = pictureIn(wanted);
  const isToCome = picture !== undefined && document.querySelector(`[data-drawn="${CSS.escape(picture)}"]`) !== null;
  if (!isToCome) focusOn(elsewhere);
}

/** Call this after a picture is drawn. If the focused mark is gone, focuses the first one. */
export function restoreMark(picture: string, drawing: Element): void {
  if (wanted === undefined || pictureIn(wanted) !== picture) return;
  focusOn(drawing.querySelector(selectorOf(wanted)) ?? drawing.querySelector('.mark'));
}

/** Never takes the focus from the rest of the window: waits until the user comes back to the page. */
function focusOn(target: Element | null): boolean {
  if (!document.hasFocus() || !(target instanceof HTMLElement || target instanceof SVGElement)) return false;
  target.focus({ preventScroll: true });
  return true;
}
