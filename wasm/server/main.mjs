#!/usr/bin/env node
// vram-calculator-tools: the calculator for assistants, over stdio or over HTTP on this machine. Nothing leaves it.
// SPDX-License-Identifier: MIT
import { parseArgs } from 'node:util';
import { load } from '../vram.js';

const kUsage = `usage: vram-calculator-tools [--http] [--port N] [--host ADDRESS]

Without words: a Model Context Protocol server on standard input and output.
  --http   the same at http://127.0.0.1:8765/mcp, and POST /api/mcp/tools/call with {"name": …, "arguments": {…}}
  --port   another port (0: one that is free)
  --host   another address to listen on; whoever reaches it can ask, and only by that address
`;

async function main() {
  const { values } = parseArgs({
    options: {
      http: { type: 'boolean', default: false },
      port: { type: 'string', default: '8765' },
      host: { type: 'string', default: '127.0.0.1' },
      help: { type: 'boolean', default: false },
      version: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(kUsage);
  const vram = await load();
  if (values.version) return void process.stdout.write(`${vram.version()}\n`);
  const { createServer } = await import('./protocol.mjs').catch(explain);
  if (!values.http) {
    const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js');
    return createServer(vram).connect(new StdioServerTransport());
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`--port ${values.port} is no port`);
  const { serve } = await import('./http.mjs');
  const { url } = await serve({ vram, port, host: values.host });
  console.error(`Listening on ${url}mcp and ${url}api/mcp/tools/call`);
}

/** @param {any} error @returns {never} */
function explain(error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  throw new Error(
    'the tool server needs @modelcontextprotocol/sdk, which was left out: npm install @modelcontextprotocol/sdk',
  );
}

main().catch((error) => {
  console.error(`vram-calculator-tools: ${error.message}`);
  if (error.code?.startsWith?.('ERR_PARSE_ARGS')) console.error(kUsage);
  process.exitCode = 1;
});
