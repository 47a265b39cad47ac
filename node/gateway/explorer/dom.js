// Elements, and how a page changes in place.
//
// Views are functions from data to elements; `morph` carries a new picture over into the one on the screen, so that
// focus, selection and scroll position stay. Text comes in as text nodes alone: there is no way from a string to markup.

const SVG = 'http://www.w3.org/2000/svg';
const LISTENERS = Symbol('listeners');
const FORBIDDEN = new Set(['style', 'src', 'srcdoc', 'action', 'formaction', 'xlink:href']);

/** Makes an HTML element: `on…` names a listener, the rest are attributes; absent children are left out. */
export function h(tag, props, ...children) {
  return build(document.createElement(tag), props, children);
}

/** Makes an SVG element. */
export function s(tag, props, ...children) {
  return build(document.createElementNS(SVG, tag), props, children);
}

function build(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') listen(node, name.slice(2), value);
    else set(node, name, value === true ? '' : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === '') continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

/** Sets an attribute; one that could run or load something is a mistake of ours. */
function set(node, name, value) {
  if (FORBIDDEN.has(name) || name.startsWith('on')) throw new Error(`no element may have the attribute ${name}`);
  if (name === 'href' && !/^(#|\.\/)/.test(value))
    throw new Error(`a link leads to a place of this page, not to ${value}`);
  node.setAttribute(name, value);
}

/** Sets the one listener that the element has for this type: a later picture brings its own. */
function listen(node, type, listener) {
  node[LISTENERS] ??= {};
  if (!node[LISTENERS][type]) node.addEventListener(type, dispatch);
  node[LISTENERS][type] = listener;
}

function dispatch(event) {
  event.currentTarget[LISTENERS]?.[event.type]?.(event);
}

/** Makes `node` look like `next`, keeping every element that is still there; returns the one on the screen. */
export function morph(node, next) {
  if (node.nodeName !== next.nodeName || keyOf(node) !== keyOf(next)) {
    node.replaceWith(next);
    return next;
  }
  if (node.nodeType === Node.TEXT_NODE) {
    if (node.data !== next.data) node.data = next.data;
    return node;
  }
  if (node.hasAttribute('data-keep')) return node;
  attributes(node, next);
  for (const [type, listener] of Object.entries(next[LISTENERS] ?? {})) listen(node, type, listener);
  children(node, next);
  if ('value' in next && node !== document.activeElement && node.value !== next.value) node.value = next.value;
  return node;
}

function keyOf(node) {
  return node.dataset?.key;
}

function attributes(node, next) {
  // Whether <details> is open is up to the reader.
  const isReaders = (name) => name === 'open' && node.nodeName === 'DETAILS';
  for (const { name } of [...node.attributes]) {
    if (!next.hasAttribute(name) && !isReaders(name)) node.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (node.getAttribute(name) !== value && !isReaders(name)) node.setAttribute(name, value);
  }
}

function children(node, next) {
  const wanted = new Set([...next.childNodes].map(keyOf).filter(Boolean));
  const kept = new Map([...node.childNodes].filter(keyOf).map((child) => [keyOf(child), child]));
  let at = node.firstChild;
  const dropGone = () => {
    while (at && keyOf(at) && !wanted.has(keyOf(at))) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  };
  for (const child of [...next.childNodes]) {
    dropGone();
    const have = keyOf(child) ? kept.get(keyOf(child)) : at && !keyOf(at) ? at : undefined;
    if (!have) {
      node.insertBefore(child, at);
    } else {
      if (have === at) at = at.nextSibling;
      else node.insertBefore(have, at);
      morph(have, child);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}
