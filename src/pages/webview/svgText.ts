import { xmlText } from '../shared/xmlText.ts';

/** Styles that a picture loses outside the page, without its style sheet. */
const STYLES = [
  'fill',
  'stroke',
  'stroke-width',
  'font-family',
  'font-size',
  'font-weight',
  'opacity',
  'text-anchor',
] as const;

/** The picture as a separate file, in its current colours. */
export function svgText(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  const shown = [svg, ...svg.querySelectorAll('*')];
  const copied = [copy, ...copy.querySelectorAll('*')];
  for (const [at, target] of copied.entries()) {
    const source = shown[at];
    if (!source) continue;
    const style = getComputedStyle(source);
    for (const name of STYLES) target.setAttribute(name, style.getPropertyValue(name));
    target.removeAttribute('class');
    target.removeAttribute('tabindex');
  }
  copy.setAttribute('color', getComputedStyle(svg).color);
  const background = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  background.setAttribute('width', '100%');
  background.setAttribute('height', '100%');
  background.setAttribute('fill', getComputedStyle(document.body).backgroundColor);
  copy.prepend(background);
  return xmlText(new XMLSerializer().serializeToString(copy));
}
