// The command line: exit statuses, tables with and without colours, JSON lines and their speed, completions, the manual.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyFolder, kCli, kRoot, kScenario, run } from './support.mjs';

const folder = emptyFolder();
const ask = (words, input = '') =>
  spawnSync(kCli, words, { input, encoding: 'utf8', maxBuffer: 2 ** 28, env: { ...process.env, NO_COLOR: '' } });
const text = JSON.stringify(kScenario);
const wrapped = JSON.stringify({ scenario: kScenario });
const kEscape = String.fromCharCode(27);

test('0 with a result, 2 with errors as JSON, 1 when nothing could be read', () => {
  assert.equal(ask(['estimate'], text).status, 0);
  for (const format of ['--json', '--table']) {
    const bad = ask(['estimate', format], '{"model": 7}');
    assert.equal(bad.status, 2);
    assert.equal(JSON.parse(bad.stdout).issues[0].severity, 'error');
  }
  for (const words of [
    ['estimate', '/no/such/file'],
    [],
    ['cook'],
    ['estimate', '--loud'],
    ['estimate', 'a', 'b'],
    ['completion', 'csh'],
  ]) {
    const { status, stdout, stderr } = ask(words);
    assert.deepEqual([status, stdout], [1, ''], words.join(' '));
    assert.ok(stderr.length > 10);
  }
});

const kQuestions = {
  estimate: {
    input: text,
    table: /^Fits: [\d.]+ GiB of [\d.]+ GiB usable.*\npeak: .*\nspeed: [\d.e+]+ tokens\/s.*weights +[\d.]+ GiB/s,
  },
  recommend: { input: wrapped, table: /^gpu .*\n.*(excellent|good)/ },
  advise: { input: wrapped, table: /^change .*\n.*GiB +[\d.]+×/m },
  plan: { input: wrapped, table: /^cards .*\n +\d+ .*GiB/ },
  solve: { input: wrapped, table: /^batch +training\.micro_batch_size +\d+/m },
  'fit-ranges': { input: wrapped, table: /^training\.sequence_length .*█/m },
  sweep: {
    input: JSON.stringify({ scenario: kScenario, field: 'training.micro_batch_size', values: [1, 2, 4] }),
    table: /value +total\n +1 +[\d.]+ GiB +█+\n +2 .*\n +4 /,
  },
};
for (const [verb, { input, table }] of Object.entries(kQuestions)) {
  test(`${verb}: JSON by default, a table when asked for, colours when wanted`, () => {
    const json = ask([verb], input);
    assert.equal(json.status, 0, json.stdout);
    assert.doesNotThrow(() => JSON.parse(json.stdout));
    const plain = ask([verb, '--table'], input);
    assert.match(plain.stdout, table);
    assert.ok(!plain.stdout.includes(kEscape));
    const painted = ask([verb, '--table', '--color=always'], input);
    assert.ok(painted.stdout.includes(`${kEscape}[`));
    assert.equal(ask([verb, '--table', '--color=never'], input).stdout, plain.stdout);
  });
}

test('on a terminal there is a coloured table; NO_COLOR takes the colours out', (t) => {
  const script = spawnSync('script', ['--version'], { encoding: 'utf8' });
  if (script.error) return t.skip('no script(1) to make a terminal with');
  const file = join(folder, 'one.json');
  writeFileSync(file, text);
  const onTerminal = (env) =>
    spawnSync('script', ['-qec', `${kCli} estimate ${file}`, '/dev/null'], {
      encoding: 'utf8',
      env: { ...process.env, TERM: 'xterm-256color', ...env },
    }).stdout;
  assert.match(onTerminal({ NO_COLOR: '' }), new RegExp(`^${kEscape}\\[1;32mFits`));
  assert.match(onTerminal({ NO_COLOR: '1' }), /^Fits: /);
});

test('read-log takes a log as it is', () => {
  const { status, stdout } = ask(['read-log', join(kRoot, 'tests/fixtures/logs/vllm-llama3-8b-h100.txt')]);
  assert.equal(status, 0);
  assert.ok(JSON.parse(stdout).values.length > 0);
});

test('read-log --scenario sets it beside the estimate', () => {
  const scenario = join(folder, 'phi4.json');
  writeFileSync(scenario, JSON.stringify({ model: 'microsoft/phi-4', inference: { quantization: 'gptq' }, hardware: { gpu: 'h100-sxm5-80gb' } }));
  const log = join(kRoot, 'tests/fixtures/logs/vllm-phi4-gptq.txt');
  const { status, stdout } = ask(['read-log', `--scenario=${scenario}`, log]);
  assert.equal(status, 0);
  assert.ok(JSON.parse(stdout).comparison.some(({ id }) => id === 'kv_pool_bytes'));
  assert.equal(ask(['read-log', '--scenario', '/no/such/file', log]).status, 1);
  assert.equal(ask(['estimate', '--scenario', scenario], text).status, 1);
});

test('--model-file takes the model from the header of a weight file, or from a config.json', () => {
  for (const name of ['headers/dense.gguf', 'headers/mixed.safetensors', 'configs/granite-4.0-h-micro.json']) {
    const file = join(kRoot, 'tests/fixtures', name);
    const alone = ask(['estimate', '--model-file', file]);
    assert.equal(alone.status, 0, alone.stdout);
    assert.ok(JSON.parse(alone.stdout).model.parameters > 0);
    const within = ask(['estimate', `--model-file=${file}`, '-'], JSON.stringify({ inference: { context_length: 100 } }));
    assert.equal(JSON.parse(within.stdout).scenario.inference.context_length, 100);
  }
  const cut = join(folder, 'cut.gguf');
  writeFileSync(cut, readFileSync(join(kRoot, 'tests/fixtures/headers/dense.gguf')).subarray(0, 200));
  const { status, stdout } = ask(['estimate', '--model-file', cut]);
  assert.equal(status, 2);
  assert.equal(JSON.parse(stdout).issues[0].code, 'truncated_file');
  assert.equal(ask(['estimate', '--model-file', '/no/such/file']).status, 1);
});

test('JSON lines: one answer a line in the same order, at least 20 000 a second from a file', () => {
  const lines = Array.from({ length: 20_000 }, (_, i) =>
    JSON.stringify({ ...kScenario, training: { ...kScenario.training, micro_batch_size: 1 + (i % 64) } }),
  );
  lines[7] = '{"model": 7}';
  lines[9] = '';
  const file = join(folder, 'many.jsonl');
  writeFileSync(file, lines.join('\r\n')); // no end of line after the last
  const timed = join(folder, 'many.out');
  const { status } = spawnSync('sh', ['-c', `"${kCli}" estimate --jsonl "${file}" >"${timed}"`]);
  assert.equal(status, 2);
  const answers = readFileSync(timed, 'utf8').trimEnd().split('\n');
  assert.equal(answers.length, 19_999);
  assert.deepEqual(JSON.parse(answers[3]), JSON.parse(ask(['estimate'], lines[3]).stdout));
  assert.ok(JSON.parse(answers[7]).issues[0].severity === 'error');
  // In seconds of the processor: what else the machine does meanwhile is not our speed.
  const seconds = Array.from({ length: 3 }, () => {
    const { stderr } = spawnSync(
      'bash',
      ['-c', `TIMEFORMAT='%U %S'; time "${kCli}" estimate --jsonl "${file}" >/dev/null`],
      { encoding: 'utf8' },
    );
    return stderr
      .trim()
      .split(' ')
      .map(Number)
      .reduce((a, b) => a + b);
  });
  const rate = lines.length / Math.min(...seconds);
  assert.ok(rate >= 20_000, `${Math.round(rate)} scenarios a second`);
});

test('completions and the manual know every question that --help lists', () => {
  const help = run(kCli, ['--help']);
  const verbs = [
    ...help
      .split('Questions:\n')[1]
      .split('\n\n')[0]
      .matchAll(/^ {2}(\S+)/gm),
  ].map(([, verb]) => verb);
  assert.ok(verbs.length >= 6);
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = run(kCli, ['completion', shell]);
    for (const verb of [...verbs, 'catalog', 'completion'])
      assert.match(script, new RegExp(`\\b${verb}\\b`), `${shell}: ${verb}`);
  }
  const manual = readFileSync(join(kRoot, 'core/cli/vram-calculator.1.in'), 'utf8');
  for (const verb of verbs) assert.ok(manual.includes(`.B ${verb}\n`), verb);
  for (const option of help.matchAll(/--[a-z]+/g))
    assert.ok(
      manual.includes(option[0].replace('--', '\\-\\-')) || ['--version', '--help'].includes(option[0]),
      option[0],
    );
});

test('bash completes words', () => {
  const complete = (...words) =>
    run('bash', [
      '-c',
      `eval "$("$1" completion bash)"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _vram_calculator; echo "\${COMPREPLY[@]}"`,
      '-',
      kCli,
      'vram-calculator',
      ...words,
    ]).trim();
  assert.equal(complete('est'), 'estimate');
  assert.equal(complete('catalog', 'g'), 'gpus');
  assert.equal(complete('estimate', '--js'), '--json --jsonl');
});
