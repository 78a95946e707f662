// Offers the calculator's tools to an assistant inside the browser, where the browser has a place for them.
// SPDX-License-Identifier: MIT
/** @import { Engine } from './types.js' */

/** @param {Pick<Engine, 'tool' | 'tools'>} engine @param {any} [context] */
export function offerTools(engine, context = /** @type {any} */ (document).modelContext) {
  if (typeof context?.registerTool !== 'function') return 0;
  const tools = engine.tools();
  for (const { name, description, inputSchema } of tools) {
    context.registerTool({
      name,
      description,
      inputSchema,
      annotations: { readOnlyHint: true },
      execute: async (/** @type {any} */ values) => engine.tool(name, values),
    });
  }
  return tools.length;
}
