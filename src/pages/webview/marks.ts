import type { Drawn } from './charts.ts';
import { element } from './elements.ts';
import { markId } from './focus.ts';
import { send } from './host.ts';

const tip = element('div', { class: 'tip', role: 'tooltip', id: 'tip', hidden: '' });

/** Makes the marks of a chart a single stop of the Tab key, with arrow keys between them and a tooltip for each. */
export function makeReachable({ svg, marks }: Drawn, picture: string): void {
  const all = [...marks.keys()];
  const stopAt = (stop: SVGElement | undefined): void => {
    for (const shape of all) shape.setAttribute('tabindex', shape === stop ? '0' : '-1');
  };
  stopAt(all[0]);
  const go = (to: SVGElement | undefined): void => to?.focus();
  for (const [at, shape] of all.entries()) {
    const mark = marks.get(shape);
    const act = (): void => {
      if (mark?.action !== undefined) send({ type: 'act', action: mark.action });
    };
    shape.setAttribute('data-focus', markId(picture, at, mark?.action));
    shape.addEventListener('focus', () => {
      stopAt(shape);
      showTip(shape);
    });
    shape.addEventListener('pointerenter', () => showTip(shape));
    shape.addEventListener('blur', hideTip);
    shape.addEventListener('pointerleave', hideTip);
    shape.addEventListener('click', act);
    shape.addEventListener('keydown', (event) => {
      switch (event.key) {
        case 'ArrowRight':
        case 'ArrowDown':
          go(all[at + 1]);
          break;
        case 'ArrowLeft':
        case 'ArrowUp':
          go(all[at - 1]);
          break;
        case 'Home':
          go(all[0]);
          break;
        case 'End':
          go(all.at(-1));
          break;
        case 'Enter':
        case ' ':
          act();
          break;
        case 'Escape':
          hideTip();
          break;
        default:
          return;
      }
      event.preventDefault();
    });
  }
  svg.addEventListener('pointerleave', hideTip);
}

function showTip(shape: SVGElement): void {
  tip.textContent = shape.getAttribute('aria-label');
  if (!tip.isConnected) document.body.append(tip);
  tip.hidden = false;
  const box = shape.getBoundingClientRect();
  const own = tip.getBoundingClientRect();
  const left = Math.max(4, Math.min(box.left + box.width / 2 - own.width / 2, innerWidth - own.width - 4));
  const above = box.top - own.height - 6;
  tip.style.setProperty('left', `${left + scrollX}px`);
  tip.style.setProperty('top', `${(above > 4 ? above : box.bottom + 6) + scrollY}px`);
}

export function hideTip(): void {
  tip.hidden = true;
}
