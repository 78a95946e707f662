// Unpacks what the build has packed into text: gzip, then base64.
// SPDX-License-Identifier: MIT

/** @param {string} packed @returns {Promise<ArrayBuffer>} */
export function inflate(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}
