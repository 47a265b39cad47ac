// Plots: bars, dots and steps as SVG that fills its place. Text stands beside the picture, so it keeps its size on a
// phone; every picture says in words what it shows.

import { h, s } from './dom.js';

const WIDTH = 1000;
const HEIGHT = 300;

/** The least round number that is not below; half of it is round too. */
function niceAbove(value) {
  if (!(value > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 1.2, 1.6, 2, 3, 4, 6, 8, 10].map((step) => step * unit).find((step) => step >= value * 0.9999);
}

/** The same for what is counted: even, so that its half is a number of things. */
function evenAbove(value) {
  return 2 * Math.ceil(niceAbove(Math.max(value, 2)) / 2);
}

/** One bar for each value: `{ value, words }`. */
export function bars({ summary, values, from, to, unit }) {
  const top = evenAbove(Math.max(0, ...values.map((v) => v.value)));
  const step = WIDTH / values.length;
  const shapes = values.map(({ value, words }, at) => {
    const height = (value / top) * HEIGHT;
    const box = { x: at * step + step * 0.12, width: step * 0.76, y: HEIGHT - height, height };
    return s('rect', { class: 'bar', ...box }, s('title', {}, words));
  });
  return plot({ summary, shapes, top: unit(top), middle: unit(top / 2), bottom: unit(0), from, to });
}

/** A dot for each point `{ x, y, words }`, x from 0 to 1, with a line at the median. */
export function dots({ summary, points, median, from, to, unit }) {
  const top = niceAbove(Math.max(0, ...points.map((p) => p.y)) * 1.05);
  const y = (value) => HEIGHT - (value / top) * HEIGHT;
  const shapes = [
    median !== undefined && s('path', { class: 'median', d: `M0 ${y(median)}H${WIDTH}` }),
    points.map((p) => s('path', { class: 'dot', d: `M${p.x * WIDTH} ${y(p.y)}h.01` }, s('title', {}, p.words))),
  ];
  return plot({ summary, shapes, top: unit(top), middle: unit(top / 2), bottom: unit(0), from, to });
}

/** A rising staircase: `{ x, y }`, both in their own units, x from the least to the greatest. */
export function stairs({ summary, steps, from, to, unit, marks = [] }) {
  const all = [...steps, ...marks].map((p) => p.x);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const margin = (most - least) * 0.15 || most * 0.1 || 1;
  const [left, right] = [Math.max(0, least - margin), most + margin];
  const top = evenAbove(Math.max(...steps.map((p) => p.y)));
  const x = (value) => ((value - left) / (right - left)) * WIDTH;
  const y = (value) => HEIGHT - (value / top) * HEIGHT;
  const line = steps.map((p) => `H${x(p.x)}V${y(p.y)}`).join('');
  const shapes = [
    s('path', { class: 'area', d: `M0 ${HEIGHT}${line}H${WIDTH}V${HEIGHT}Z` }),
    s('path', { class: 'line', d: `M0 ${HEIGHT}${line}H${WIDTH}` }),
    marks.map((m) => s('path', { class: 'mark', d: `M${x(m.x)} 0V${HEIGHT}` }, s('title', {}, m.words))),
  ];
  return plot({
    summary,
    shapes,
    top: unit(top),
    middle: unit(top / 2),
    bottom: unit(0),
    from: from(left),
    to: to(right),
  });
}

function plot({ summary, shapes, top, middle, bottom, from, to }) {
  const grid = [0, HEIGHT / 2, HEIGHT].map((y) => s('path', { class: 'grid', d: `M0 ${y}H${WIDTH}` }));
  const box = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': summary };
  const scale = (name, ...labels) =>
    h(
      'div',
      { class: name, 'aria-hidden': 'true' },
      labels.map((label) => h('span', {}, label)),
    );
  return h(
    'figure',
    { class: 'plot' },
    scale('scale-y', top, middle, bottom),
    s('svg', box, grid, shapes),
    scale('scale-x', from, to),
    h('figcaption', {}, summary),
  );
}
