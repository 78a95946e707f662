// Where the engine's file comes from: beside the script. The single file puts its own answer here (build/single-file.mjs).
// SPDX-License-Identifier: MIT

/** @returns {Promise<import('../../wasm/vram.js').LoadOptions>} */
export async function engineSource() {
  return {};
}
