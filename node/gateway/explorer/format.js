// Numbers, times and ids as people read them. Nothing here touches the page.

const MICRO = 1_000_000n;

/** Micro-credits as credits, exact, with up to six decimals and thousands apart. */
export function credits(micro) {
  if (micro === undefined || micro === null) return '–';
  const value = BigInt(micro);
  const size = value < 0n ? -value : value;
  const whole = (size / MICRO).toLocaleString('en');
  const rest = (size % MICRO).toString().padStart(6, '0').replace(/0+$/, '');
  return (value < 0n ? '−' : '') + whole + (rest && `.${rest}`);
}

/** A count with thousands apart. */
export function count(value) {
  return value === undefined || value === null ? '–' : value.toLocaleString('en');
}

/** So many things of a kind. */
export function many(number, thing) {
  return `${count(number)} ${thing}${number === 1 ? '' : 's'}`;
}

/** A count in three digits: 1.2 M. */
export function roughly(value) {
  if (value === undefined || value === null) return '–';
  return new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 }).format(Number(value));
}

/** A share of one with three decimals. */
export function share(value) {
  return value === undefined || value === null ? '–' : Number(value).toFixed(3).replace('-', '−');
}

/** Bytes with a unit. */
export function bytes(value) {
  if (value === undefined || value === null) return '–';
  if (value < 1024) return `${value} B`;
  const kib = value / 1024;
  return kib < 1024 ? `${kib.toFixed(kib < 10 ? 1 : 0)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

/** Rows of a circuit by their power of two. */
export function rows(degree) {
  return degree === undefined || degree === null ? '–' : `2${superscript(degree)}`;
}

function superscript(value) {
  return String(value).replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[digit]);
}

/** An id short enough for a line, still telling which it is. */
export function short(id) {
  const text = String(id);
  return text.length > 16 ? `${text.slice(0, 8)}…${text.slice(-4)}` : text;
}

/** A time of the API as a date; undefined if there is none. */
export function date(value) {
  if (value === undefined || value === null) return undefined;
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** How long ago, or in how long. Rounded so that a line that is read does not change every second. */
export function ago(at, now = Date.now()) {
  const away = now - at.getTime();
  const size = Math.abs(away);
  if (size < 10_000) return away >= 0 ? 'just now' : 'in a moment';
  const told = coarse(size);
  return away > 0 ? `${told} ago` : `in ${told}`;
}

function coarse(ms) {
  if (ms < 60_000) return `${Math.floor(ms / 10_000) * 10} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h`;
  const days = Math.floor(ms / 86_400_000);
  return days === 1 ? '1 day' : `${days} days`;
}

/** A duration with at most two units. */
export function duration(ms) {
  if (ms === undefined || ms === null) return '–';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return pair(minutes, 'min', Math.floor((ms % 60_000) / 1000), 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return pair(hours, 'h', minutes % 60, 'min');
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function pair(large, unit, small, less) {
  return small ? `${large} ${unit} ${small} ${less}` : `${large} ${unit}`;
}

/** An exact time, local, with its zone. */
export function exact(at) {
  return at.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
}

/** The time of day. */
export function clock(at) {
  return at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}
