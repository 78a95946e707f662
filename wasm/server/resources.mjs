// What can be read: the catalog of models and of accelerators, and the formulas with their numbers, sources and grades.
// SPDX-License-Identifier: MIT

const resource = (/** @type {string} */ name, /** @type {string} */ title, /** @type {string} */ description) =>
  Object.freeze({ uri: `vram://${name}`, name, title, description, mimeType: 'application/json' });

export const kResources = Object.freeze([
  resource('models', 'Models', 'Every built-in model: id, family, kind, exact number of parameters.'),
  resource(
    'gpus',
    'Accelerators',
    'Every built-in accelerator: memory, what of it a process can use, rates, prices with their dates.',
  ),
  resource('fields', 'Fields of a scenario', 'Every field with its type, range, default and names.'),
  resource(
    'formulas',
    'Formulas',
    'Each term of memory for three runs: the formula with the numbers put in, its source and how sure it is.',
  ),
]);
export const kTemplates = Object.freeze(
  ['models', 'gpus'].map((kind) => ({
    uriTemplate: `vram://${kind}/{+id}`,
    name: `one of ${kind}`,
    description: `One row of ${kind} by its id.`,
    mimeType: 'application/json',
  })),
);

const kModel = 'meta-llama/Llama-3.1-8B';
/** Together they have every kind of term. @type {Record<string, import('../vram.js').Scenario>} */
const kRuns = {
  inference: {
    model: kModel,
    task: 'inference',
    inference: { engine: 'vllm', context_length: 8192, batch_size: 4 },
    hardware: { gpu: 'h100-sxm5-80gb' },
  },
  lora: {
    model: kModel,
    task: 'finetuning',
    training: { method: 'lora', sequence_length: 2048, micro_batch_size: 1 },
    hardware: { gpu: 'rtx-4090' },
  },
  pretraining: {
    model: kModel,
    task: 'pretraining',
    training: { sequence_length: 4096, micro_batch_size: 1, gradient_accumulation_steps: 4 },
    parallelism: { zero_stage: 3, data_parallel_size: 8 },
    hardware: { gpu: 'h100-sxm5-80gb', gpus: 8 },
  },
};

/** @param {import('../vram.js').Vram} vram @param {string} uri @returns {unknown} undefined when there is no such thing */
export function readResource(vram, uri) {
  const [, kind, id] = /^vram:\/\/(models|gpus|fields|formulas)(?:\/(.+))?$/.exec(uri) ?? [];
  switch (kind) {
    case 'models':
    case 'gpus':
      return id === undefined ? vram.catalog(kind) : vram.catalog(kind).find((row) => row.id === decode(id));
    case 'fields':
      return id === undefined ? vram.catalog('fields') : undefined;
    case 'formulas':
      return id === undefined ? formulas(vram) : undefined;
    default:
      return undefined;
  }
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {import('../vram.js').Vram} vram */
function formulas(vram) {
  return Object.entries(kRuns).map(([name, scenario]) => {
    const { memory, issues } = vram.estimate(scenario);
    return { run: name, scenario, terms: memory?.terms ?? [], issues };
  });
}
