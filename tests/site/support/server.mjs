// Serves a folder of built files under a sub-path, as a static host would.
// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';

const kTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/** On a slow machine every file takes a time of its own, and a later one may come first. */
const kMostDelay = 25 * (Number(process.env.VRAM_SLOW ?? 1) - 1);

/** @param {string} folder @param {string} base path that the site lies under, with both slashes */
export async function serve(folder, base = '/some/where/') {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    const inside = normalize(path.startsWith(base) ? path.slice(base.length) : '/..');
    try {
      if (inside.startsWith('..') || inside.startsWith('/')) throw new Error('outside');
      const file = join(folder, inside === '.' || inside === '' ? 'index.html' : inside);
      if (kMostDelay > 0) await new Promise((done) => setTimeout(done, kMostDelay * Math.random()));
      const body = gzipSync(await readFile(file), { level: 6 });
      response.writeHead(200, {
        'content-type': kTypes[extname(file)] ?? 'application/octet-stream',
        'content-encoding': 'gzip',
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}${base}`,
    close: () =>
      new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      }),
  };
}
