// Packs the npm package: wasm/ with the version of project() written in. Prints the tarball's path.
// Usage: node scripts/pack.mjs [folder for the tarball]
// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectVersion } from './version.mjs';

const kRoot = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} destination folder of the tarball @returns {string} its path */
export function pack(destination) {
  const source = join(kRoot, 'wasm');
  const stage = mkdtempSync(join(tmpdir(), 'vram-package-')); // two may be packed at once
  mkdirSync(destination, { recursive: true });
  const { name, ...rest } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  for (const file of [...rest.files, 'README.md']) cpSync(join(source, file), join(stage, file), { recursive: true });
  cpSync(join(kRoot, 'LICENSE'), join(stage, 'LICENSE'));
  writeFileSync(
    join(stage, 'package.json'),
    `${JSON.stringify({ name, version: projectVersion(), ...rest }, null, 2)}\n`,
  );
  const said = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', resolve(destination)], {
    cwd: stage,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  rmSync(stage, { recursive: true });
  const packed = JSON.parse(said);
  const { filename } = Array.isArray(packed) ? packed[0] : Object.values(packed)[0];
  return join(resolve(destination), filename);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(pack(process.argv[2] ?? join(kRoot, 'build/release')));
