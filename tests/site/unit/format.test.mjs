// Numbers for people.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFormatter, GIB } from '../../../site/src/format.js';

const en = createFormatter('en');
const zh = createFormatter('zh-CN');
const spaced = (text) => text.replaceAll('\u202f', ' ').replaceAll('\u2009', ' ');

const kRows = [
  ['a count is grouped by narrow spaces', en.count(8030261248), '8 030 261 248'],
  ['a count in Chinese is grouped the same', zh.count(8030261248), '8 030 261 248'],
  ['GiB in tables have two digits', en.gib(16060522496), '14.96'],
  ['a trace is not shown as nothing', en.gib(1024), '< 0.01'],
  ['nothing is nothing', en.gib(0), '0.00'],
  ['headline below ten', en.gibShort(9.99 * GIB), '9.99'],
  ['headline below a hundred', en.gibShort(18.44 * GIB), '18.4'],
  ['headline rounds up to the next form', en.gibShort(99.96 * GIB), '100'],
  ['headline of a large run', en.gibShort(1234.4 * GIB), '1 234'],
  ['percent', en.percent(0.784), '78%'],
  ['a probability is never certain', en.probability(0.99999), '> 99%'],
  ['nor impossible', en.probability(0), '< 1%'],
  ['a likely fit', en.probability(0.62), '62%'],
  ['slower', en.change(1.31), '+31%'],
  ['size in billions', en.size(8030261248), '8.03B'],
  ['size in millions', en.size(494032768), '494M'],
  ['size in trillions', en.size(1.04e12), '1.04T'],
  ['small rates keep their exponent', en.plain(2e-5), '2e−5'],
  ['plain whole numbers', en.plain(131072), '131 072'],
  ['a million tokens to the last', en.plain(1048576), '1 048 576'],
  ['plain fractions', en.plain(0.9), '0.9'],
  ['hours and minutes', en.duration(10320), '2 hr 52 min'],
  ['seconds', en.duration(4.2), '4.2 sec'],
  ['days', en.duration(3 * 86400 + 7200), '3 days 2 hr'],
  ['dollars', en.usd(1.2), '$1.20'],
];
for (const [name, actual, expected] of kRows) {
  test(name, () => assert.equal(spaced(actual), expected));
}

test('no formatter ever shows NaN or infinity', () => {
  let shown = 0;
  for (const [name, format] of Object.entries(en)) {
    if (typeof format !== 'function') continue;
    for (const value of [NaN, Infinity, -Infinity, undefined, null]) {
      assert.doesNotMatch(format(value), /NaN|∞|Infinity|undefined/, `${name}(${value})`);
      shown += 1;
    }
  }
  assert.ok(shown > 40);
});

test('plain numbers are written as the browser’s own formatter writes them', () => {
  const kWays = {
    count: [(x) => x, { maximumFractionDigits: 0 }],
    gib: [(x) => x / GIB, { minimumFractionDigits: 2, maximumFractionDigits: 2 }],
    percent: [(x) => x, { style: 'percent', maximumFractionDigits: 0 }],
  };
  let state = 1;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  let compared = 0;
  for (const [locale, formatter] of Object.entries({ en, 'zh-CN': zh })) {
    for (const [name, [of, options]] of Object.entries(kWays)) {
      const theirs = new Intl.NumberFormat(locale, options);
      for (let i = 0; i < 2000; i += 1) {
        const value = random() * 10 ** (random() * (name === 'percent' ? 5 : 14) - 1);
        if (name === 'gib' && value < 0.005 * GIB) continue;
        assert.equal(formatter[name](value), theirs.format(of(value)).replaceAll(',', '\u202f'), `${name} ${value}`);
        compared += 1;
      }
    }
  }
  assert.ok(compared > 9000);
});
