import type { ToPage } from '../shared/messages.ts';
import type { Choice, Note, PageModel, Progress, Section } from '../shared/model.ts';
import { button, element } from './elements.ts';
import { rememberFocus, restoreFocus } from './focus.ts';
import { keep, send } from './host.ts';
import { tellFirstPaint, tellPainted } from './painted.ts';
import { forgetPictures, pictureOf, whenDrawable } from './picture.ts';
import { rememberScroll, restoreScroll } from './scroll.ts';

/* The script of every page. Draws what the extension sends, and reports what the user does. */

const page = document.getElementById('page') ?? document.body;

function show(model: PageModel): void {
  forgetPictures();
  keep({ memory: model.memory });
  rememberFocus();
  rememberScroll();
  // Where the focus is when what had it has gone.
  const heading = element('h1', { tabindex: '-1' }, model.title);
  page.setAttribute('aria-busy', String(model.busy !== undefined));
  page.replaceChildren(
    heading,
    ...model.choices.map(choiceOf),
    element('p', { class: 'busy', role: 'status' }, model.busy ?? ''),
    ...model.notes.map(noteOf),
    ...model.sections.map((section) => sectionOf(section, model)),
  );
  restoreFocus(heading);
  restoreScroll();
}

function choiceOf({ id, label, isLabelled, options, chosen }: Choice): HTMLElement {
  const buttons = options.map((option) =>
    button(option.label, () => send({ type: 'choose', choice: id, option: option.id }), {
      'aria-pressed': String(option.id === chosen),
      'data-focus': `${id} ${option.id}`,
    }),
  );
  const shown = isLabelled ? element('span', { 'aria-hidden': 'true' }, label) : undefined;
  return element('div', { class: 'choice', role: 'group', 'aria-label': label }, shown, ...buttons);
}

function noteOf({ kind, text, actions = [] }: Note): HTMLElement {
  const buttons = actions.map(({ id, label }) =>
    button(label, () => send({ type: 'act', action: id }), { 'data-focus': `act ${id}` }),
  );
  const role: Record<string, string> = kind === 'error' ? { role: 'alert' } : {};
  return element('div', { class: `note ${kind}`, ...role }, element('p', {}, text), ...buttons);
}

/** A progress bar. Without a value it is indeterminate: the total is not known yet. */
function progressOf({ text, part }: Progress): HTMLElement {
  const value: Record<string, string> = part === undefined ? {} : { value: String(part), max: '1' };
  return element('div', { class: 'progress' }, element('progress', { 'aria-label': text, ...value }), text);
}

const sectionOf = ({ heading, progress, notes = [], choices = [], pictures }: Section, model: PageModel): HTMLElement =>
  element(
    'section',
    { 'aria-label': heading },
    element('h2', {}, heading),
    progress && progressOf(progress),
    ...notes.map(noteOf),
    ...choices.map(choiceOf),
    ...pictures.map((picture) => pictureOf(picture, model)),
  );

addEventListener('message', ({ data }: MessageEvent<ToPage>) => {
  if (data.type !== 'show') return;
  show(data.model);
  if (data.model.busy === undefined) void whenDrawable.then(tellPainted);
});
tellFirstPaint();
send({ type: 'ready' });
