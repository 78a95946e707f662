// What a person may type into a number field.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuantity } from '../../../site/src/quantity.js';

const tokens = { unit: 'tokens', integer: true };
const kRows = [
  ['a plain number', '2048', tokens, 2048],
  ['8k of context is 8192 tokens', '8k', tokens, 8192],
  ['capital and space', ' 128 K ', tokens, 131072],
  ['a million of context', '1M', tokens, 1048576],
  ['with the unit written out', '4k tokens', tokens, 4096],
  ['with the unit shortened', '512 tok', tokens, 512],
  ['1.5M of anything else is decimal', '1.5M', { integer: true }, 1500000],
  ['billions', '7b', {}, 7e9],
  ['grouped by spaces', '131 072', tokens, 131072],
  ['grouped by narrow spaces, as the page shows it', '1\u202f048\u202f576', tokens, 1048576],
  ['grouped by commas', '131,072', tokens, 131072],
  ['full-width digits', '８ｋ', tokens, 8192],
  ['ten thousands in Chinese', '2万', {}, 20000],
  ['memory in its own unit', '80 GiB', { unit: 'gib' }, 80],
  ['memory converted', '80 GiB', { unit: 'bytes' }, 85899345920],
  ['decimal memory stays decimal', '80 GB', { unit: 'bytes' }, 80e9],
  ['a rate with an exponent', '2e-5', {}, 2e-5],
  ['a rate as the page shows it', '2e−5', {}, 2e-5],
  ['percent', '90%', {}, 0.9],
  ['negative numbers reach the engine, which says why not', '-3', { integer: true }, -3],
  ['half a sequence is not a count', '1.5', { integer: true }, null],
  ['a word', 'lots', tokens, null],
  ['nothing', '', tokens, null],
  ['NaN', 'NaN', {}, null],
  ['infinity', 'Infinity', {}, null],
  ['overflow', '1e999', {}, null],
  ['two numbers', '1 2', tokens, null],
  ['markup', '<b>1</b>', {}, null],
  ['a unit of something else', '80 GiB', tokens, null],
  ['a decimal comma is not guessed at', '1,5', {}, null],
];
for (const [name, text, field, expected] of kRows) {
  test(name, () => assert.equal(parseQuantity(text, field), expected));
}
