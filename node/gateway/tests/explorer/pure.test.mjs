// What needs no browser: how numbers are written, how a stream of events is split, what no file of the page may hold.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { ago, bytes, credits, duration, short } from '../../explorer/format.js';
import { Parser } from '../../explorer/live.js';
import { ended, fault, obstacle, stands } from '../../explorer/words.js';

const PAGE = new URL('../../explorer/', import.meta.url);
const files = readdirSync(PAGE).map((name) => [name, readFileSync(new URL(name, PAGE), 'utf8')]);

test('no file has a way from a string to markup or code, nor anything inline, nor anything from elsewhere', () => {
  const ways =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|\beval\b|new Function|https?:\/\/(?!www\.w3\.org)/;
  const inline = /<[^>]+\s(style|on\w+)=|<script(?![^>]*\ssrc=)|<style/;
  for (const [name, text] of files) {
    assert.doesNotMatch(text, ways, name);
    if (name.endsWith('.html')) assert.doesNotMatch(text, inline, name);
    assert.ok(text.split('\n').length <= 401, `${name} has more than 400 lines`);
  }
  assert.match('<p style="color:red">', inline);
  assert.match('node.innerHTML = name', ways);
});

test('every file that the page names is there', () => {
  const names = new Set(files.map(([name]) => name));
  const named = files.flatMap(([, text]) =>
    [...text.matchAll(/(?:from |src=|rel="\w+" href=)['"]\.\/([^'"]+)['"]/g)].map((found) => found[1]),
  );
  assert.ok(named.length > 20);
  for (const name of named) assert.ok(names.has(name), name);
});

test('amounts are exact to the micro-credit, beyond what a float holds', () => {
  assert.equal(credits(0), '0');
  assert.equal(credits(1), '0.000001');
  assert.equal(credits(1_500_000), '1.5');
  assert.equal(credits(-734_500), '−0.7345');
  assert.equal(credits(18_446_744_073_709_551_615n), '18,446,744,073,709.551615');
  assert.equal(credits(null), '–');
});

test('times, sizes and ids are short', () => {
  const now = Date.parse('2026-01-02T03:04:05Z');
  assert.equal(ago(new Date(now - 4000), now), 'just now');
  assert.equal(ago(new Date(now - 47_000), now), '40 s ago');
  assert.equal(ago(new Date(now + 125_000), now), 'in 2 min');
  assert.equal(duration(3400), '3.4 s');
  assert.equal(duration(3_900_000), '1 h 5 min');
  assert.equal(bytes(108_452), '106 KiB');
  assert.equal(short('ab'.repeat(32)), 'abababab…abab');
});

test('the words of the interface are told in plain English, and one that is not known as it came', () => {
  assert.equal(ended({ kind: 'missed', what: 'due' }), 'brought no proof in time');
  assert.equal(ended({ kind: 'declined', what: 'no_inputs' }), 'gave it back: the requester did not serve the inputs');
  assert.equal(ended({ kind: 'bad_proof', what: 'false' }), 'the proof was false');
  assert.equal(ended({ kind: 'bad_proof', what: 'some_day' }), 'bad proof some day');
  assert.equal(obstacle('collateral_max'), 'puts up less collateral');
  assert.equal(fault('network'), "nobody's fault: no prover was there in time");
  assert.equal(stands('none_can_now'), 'An ask can take it once a prover is free again.');
});

test('events come out whole, wherever the stream is cut', () => {
  const text = ': alive\n\nid: r-1\nevent: block\ndata: {"a":\ndata: 1}\n\nid:r-2\r\ndata:x\r\n\r\nevent: nothing\n\n';
  const wanted = [
    { id: 'r-1', event: 'block', data: '{"a":\n1}' },
    { id: 'r-2', event: 'message', data: 'x' },
  ];
  for (let cut = 1; cut < text.length; cut += 1) {
    const found = [];
    const parser = new Parser((event) => found.push(event));
    for (let at = 0; at < text.length; at += cut) parser.push(text.slice(at, at + cut));
    assert.deepEqual(found, wanted, `cut every ${cut}`);
  }
});

test('a stream without an end of line is given up', () => {
  const parser = new Parser(() => assert.fail('no event'));
  assert.throws(() => {
    for (let at = 0; at < 1000; at += 1) parser.push('x'.repeat(10_000));
  }, /without an end/);
});
