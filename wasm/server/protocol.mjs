// The Model Context Protocol over the engine: its tools, the catalog as resources, questions worth asking as prompts.
// SPDX-License-Identifier: MIT
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { kPrompts, promptText } from './prompts.mjs';
import { kResources, kTemplates, readResource } from './resources.mjs';

const kInstructions =
  'GPU memory, speed and cost of running, training and fine-tuning models, computed on this machine. Sizes are bytes per device; every number comes with a band. Ask `estimate` with a whole scenario, or one of the short tools.';

/** @param {import('../vram.js').Vram} vram */
export function createServer(vram) {
  const server = new Server(
    { name: 'vram-calculator', title: 'VRAM calculator', version: vram.version() },
    { capabilities: { tools: {}, resources: {}, prompts: {} }, instructions: kInstructions },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: vram.tools().map((tool) => ({ ...tool, annotations: { readOnlyHint: true, openWorldHint: false } })),
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => vram.tool(params.name, params.arguments ?? {}));
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: kResources }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: kTemplates }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    const found = readResource(vram, uri);
    if (found === undefined) throw new McpError(ErrorCode.InvalidParams, `There is no resource ${uri}.`);
    return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(found) }] };
  });
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: kPrompts.map(({ name, title, description, arguments: words }) => ({
      name,
      title,
      description,
      arguments: words,
    })),
  }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => {
    const prompt = kPrompts.find(({ name }) => name === params.name);
    if (!prompt) throw new McpError(ErrorCode.InvalidParams, `There is no prompt ${params.name}.`);
    const missing = prompt.arguments.find(({ name, required }) => required && !params.arguments?.[name]);
    if (missing)
      throw new McpError(
        ErrorCode.InvalidParams,
        `The prompt ${prompt.name} needs "${missing.name}": ${missing.description}`,
      );
    return {
      description: prompt.description,
      messages: [
        {
          role: 'user',
          content: {
            type: 'text',
            text: promptText(
              prompt,
              params.arguments ?? {},
              vram.tools().map(({ name }) => name),
            ),
          },
        },
      ],
    };
  });
  return server;
}
