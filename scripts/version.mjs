// The version, from the one place where it is written: project() in CMakeLists.txt.
// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';

export function projectVersion() {
  const cmake = readFileSync(new URL('../CMakeLists.txt', import.meta.url), 'utf8');
  const version = /project\(vram_calculator VERSION ([0-9.]+)/.exec(cmake)?.[1];
  if (!version) throw new Error('CMakeLists.txt states no version');
  return version;
}
