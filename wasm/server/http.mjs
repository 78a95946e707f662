// The tool server over HTTP: streamable HTTP at /mcp, and the published short door POST /api/mcp/tools/call. Listens on this
// machine; answers only requests that name it, so that no page elsewhere can reach it through a name of its own.
// SPDX-License-Identifier: MIT
import { createServer as createHttpServer } from 'node:http';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createServer } from './protocol.mjs';

const kMostBytes = 4 * 2 ** 20;
const kLoopback = ['127.0.0.1', 'localhost', '[::1]'];

/** An answer that is no result. */
class Refusal extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @param {{ vram: import('../vram.js').Vram, port: number, host: string }} options */
export async function serve({ vram, port, host }) {
  const names = new Set([...kLoopback, host.includes(':') ? `[${host}]` : host]);
  const server = createHttpServer((request, response) => {
    answer(vram, names, request, response).catch((error) => {
      const status = error instanceof Refusal ? error.status : 500;
      if (status === 500) console.error(error);
      if (!response.headersSent) send(response, status, { error: error.message });
      else response.destroy();
    });
  });
  await new Promise((done, failed) => server.once('error', failed).listen(port, host, () => done(undefined)));
  const { port: used } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${used}/`,
    close: () => new Promise((done) => server.close(done)),
  };
}

/**
 * @param {import('../vram.js').Vram} vram @param {Set<string>} names
 * @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response
 */
async function answer(vram, names, request, response) {
  guard(names, request);
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const method = request.method ?? '';
  if (pathname === '/mcp') {
    if (method !== 'POST') throw new Refusal(405, 'Without sessions there is nothing to GET or DELETE: POST messages.');
    return stream(vram, request, response, await readJson(request));
  }
  if (pathname === '/api/mcp/tools/call') {
    if (method !== 'POST') throw new Refusal(405, 'POST {"name": …, "arguments": {…}}.');
    const call = await readJson(request);
    if (typeof call?.name !== 'string') throw new Refusal(400, 'The body has to be {"name": …, "arguments": {…}}.');
    return send(response, 200, vram.tool(call.name, call.arguments ?? {}));
  }
  if (pathname === '/api/mcp/tools') return send(response, 200, { tools: vram.tools() });
  throw new Refusal(404, 'There is /mcp, /api/mcp/tools and /api/mcp/tools/call.');
}

/** Stateless: each message is its own conversation. */
async function stream(
  /** @type {import('../vram.js').Vram} */ vram,
  /** @type {any} */ request,
  /** @type {any} */ response,
  /** @type {unknown} */ body,
) {
  const server = createServer(vram);
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
  response.on('close', () => void server.close());
  await server.connect(transport);
  await transport.handleRequest(request, response, body);
}

/** @param {Set<string>} names @param {import('node:http').IncomingMessage} request */
function guard(names, request) {
  const name = (/** @type {string} */ host) => host.replace(/:\d+$/, '').toLowerCase();
  if (!names.has(name(request.headers.host ?? '')))
    throw new Refusal(403, 'This server answers to its own address only.');
  const { origin } = request.headers;
  if (origin !== undefined && !(URL.canParse(origin) && names.has(name(new URL(origin).host))))
    throw new Refusal(403, 'Pages of other origins are not answered.');
}

/** @param {import('node:http').IncomingMessage} request @returns {Promise<any>} */
async function readJson(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > kMostBytes) throw new Refusal(413, `More than ${kMostBytes} bytes.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw new Refusal(400, `The body is no JSON: ${error instanceof Error ? error.message : error}`);
  }
}

/** @param {import('node:http').ServerResponse} response @param {number} status @param {unknown} value */
function send(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}
