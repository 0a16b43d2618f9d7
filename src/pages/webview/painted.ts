import { send } from './host.ts';

/* Tells the extension when a page was painted. The time this takes goes into the log. */

/** Uses the browser's own time, which may be from before this script ran. */
export function tellFirstPaint(): void {
  const observer = new PerformanceObserver((list) => {
    const first = list.getEntriesByName('first-contentful-paint')[0];
    if (!first) return;
    observer.disconnect();
    send({ type: 'painted', what: 'something', at: performance.timeOrigin + first.startTime });
  });
  observer.observe({ type: 'paint', buffered: true });
}

let isTold = false;

/** Reports once that the current content is painted: in the frame after the one that draws it. */
export function tellPainted(): void {
  if (isTold) return;
  isTold = true;
  requestAnimationFrame(() =>
    requestAnimationFrame((time) => send({ type: 'painted', what: 'all', at: performance.timeOrigin + time })),
  );
}
