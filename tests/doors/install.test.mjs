// The installed library and command line: found by CMake, linked, run; manual page and completions in their places.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { projectVersion } from '../../scripts/version.mjs';
import { emptyFolder, kRoot, nativeAnswer, run } from './support.mjs';

const prefix = emptyFolder();
const folder = emptyFolder();
const kConsumer = join(kRoot, 'tests/consumer');
before(() => run('cmake', ['--install', join(kRoot, 'build/native'), '--prefix', prefix]));

test('the command line runs from where it was put, with its manual and completions', () => {
  assert.equal(run(join(prefix, 'bin/vram-calculator'), ['--version']), `vram-calculator ${projectVersion()}\n`);
  for (const file of [
    'share/man/man1/vram-calculator.1',
    'share/bash-completion/completions/vram-calculator',
    'share/zsh/site-functions/_vram-calculator',
    'share/fish/vendor_completions.d/vram-calculator.fish',
  ])
    assert.ok(existsSync(join(prefix, file)), file);
});

test('find_package(vram) gives a library that answers as the command line does', () => {
  run('cmake', [
    '-S',
    kConsumer,
    '-B',
    folder,
    '-G',
    'Ninja',
    `-DCMAKE_PREFIX_PATH=${prefix}`,
    '-DCMAKE_BUILD_TYPE=Release',
  ]);
  run('cmake', ['--build', folder]);
  const answer = JSON.parse(run(join(folder, 'consumer'), []));
  assert.deepEqual(answer, nativeAnswer({ model: 'meta-llama/Llama-3.1-8B', hardware: { gpu: 'rtx-4090' } }));
});

test('add_subdirectory configures and offers the same target', () => {
  const said = run('cmake', [
    '-S',
    kConsumer,
    '-B',
    join(folder, 'sub'),
    '-G',
    'Ninja',
    `-DVRAM_SOURCE=${kRoot}`,
    '--graphviz',
    join(folder, 'graph.dot'),
  ]);
  assert.match(said, /Generating done/);
  assert.ok(!existsSync(join(folder, 'sub/vram/tests')), 'our tests are not built in other projects');
});

test('units do not mix', () => {
  const compiler = process.env.CXX ?? 'c++';
  const { status, stderr } = spawnSync(
    compiler,
    ['-std=c++20', '-fsyntax-only', `-I${join(prefix, 'include')}`, join(kConsumer, 'must_not_compile.cpp')],
    { encoding: 'utf8' },
  );
  assert.notEqual(status, 0);
  assert.match(stderr, /Seconds.*Bytes|Bytes.*Seconds|conversion/s);
  // The same without the wrong line compiles, so it is that line.
  const good = spawnSync(compiler, ['-std=c++20', '-fsyntax-only', `-I${join(prefix, 'include')}`, '-x', 'c++', '-'], {
    input: '#include <vram/units.h>\nint main() { return vram::Bytes{}.value > 0 ? 1 : 0; }',
    encoding: 'utf8',
  });
  assert.equal(good.status, 0, good.stderr);
  assert.ok(readdirSync(join(prefix, 'include/vram')).length > 20);
});
