// The calculator for JavaScript: load() gives a frozen object of functions. Owns the JSON and the memory.
// SPDX-License-Identifier: MIT
// @ts-check
import createVramModule from './dist/vram_module.mjs';

// Spelt out so that bundlers see the file and take it along.
const kBesideThisFile = new URL('./dist/vram_module.wasm', import.meta.url);

/**
 * @param {import('./vram.js').LoadOptions} [options]
 * @returns {Promise<import('./vram.js').Vram>}
 */
export async function load({ wasm = kBesideThisFile } = {}) {
  const compiled = await compile(wasm);
  const module = await createVramModule({
    instantiateWasm(imports, done) {
      WebAssembly.instantiate(compiled, imports).then(done);
      return {};
    },
    // A stdio tool server speaks its protocol on standard output, so nothing of ours may go there.
    print: (line) => console.error(line),
    printErr: (line) => console.error(line),
  });
  const utf8 = new TextDecoder();
  /** @param {Uint8Array} bytes */
  const read = (bytes) => JSON.parse(utf8.decode(bytes));
  /** @type {import('./vram.js').Vram} */
  const functions = {
    estimate: (scenario) => read(module.estimate(JSON.stringify(scenario) ?? '')),
    estimateText: (request) => utf8.decode(module.estimate(request)),
    advise: (request) => read(module.advise(JSON.stringify(request) ?? '')),
    catalog: (kind) => read(module.catalog(kind)),
    documented: (request) => read(module.documented(JSON.stringify(request) ?? '')),
    fitRanges: (request) => read(module.fitRanges(JSON.stringify(request) ?? '')),
    plan: (request) => read(module.plan(JSON.stringify(request) ?? '')),
    readLog: (log, scenario) => read(module.readLog(JSON.stringify({ log, scenario }))),
    readTensorFile: (prefix, { file_bytes = -1, language = 'en' } = {}) =>
      JSON.parse(module.tensorFile(prefix, file_bytes, language === 'zh')),
    recommend: (request) => read(module.recommend(JSON.stringify(request) ?? '')),
    solve: (request) => read(module.solve(JSON.stringify(request) ?? '')),
    sweep: (request) => {
      const { head, numbers } = module.sweep(JSON.stringify(request) ?? '');
      return { ...JSON.parse(head), numbers };
    },
    tool: (name, args = {}) => JSON.parse(module.tool(JSON.stringify({ name, arguments: args }) ?? '')),
    tools: () => JSON.parse(module.tools()).tools,
    version: () => module.version(),
  };
  return Object.freeze(functions);
}

/**
 * @param {import('./vram.js').LoadOptions['wasm']} [wasm]
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compile(wasm = kBesideThisFile) {
  if (wasm instanceof WebAssembly.Module) return wasm;
  if (wasm instanceof ArrayBuffer || ArrayBuffer.isView(wasm)) return WebAssembly.compile(wasm);
  const url = new URL(wasm, import.meta.url);
  if (url.protocol === 'file:') return WebAssembly.compile(await readFile(url));
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} answered ${response.status} ${response.statusText}`.trim());
  // A server that does not know the type of a .wasm file breaks streaming, not the page.
  return response.headers.get('content-type')?.startsWith('application/wasm')
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

/**
 * Node's fetch reads no files. Asked for by name at run time, so that bundlers for the browser look for nothing.
 * @param {URL} url
 * @returns {Promise<BufferSource>}
 */
async function readFile(url) {
  const node = /** @type {any} */ (globalThis).process?.getBuiltinModule?.('node:fs');
  if (!node) throw new Error(`${url.href} cannot be read here: pages opened from a file need the bytes in { wasm }`);
  return node.promises.readFile(url);
}
