// Compiled, never run: what vram.d.ts promises to TypeScript callers, and what it refuses.
// SPDX-License-Identifier: MIT
import { load, type Result, type Scenario, type Term } from 'vram-calculator';

const scenario: Scenario = {
  model: 'meta-llama/Llama-3.1-8B',
  task: 'finetuning',
  training: { method: 'lora', stage: 'sft', micro_batch_size: 4, lora_target_modules: ['q_proj', 'v_proj'] },
  parallelism: { zero_stage: 3 },
  hardware: { gpu: 'rtx-4090', gpus: 1 },
};
const by_family: Scenario = { model: { family: 'llama', parameters: 7e9, hidden_size: 4096 } };
const by_config: Scenario = { model: { config: { model_type: 'llama', rope_scaling: null } }, method: 'documented' };

export async function use(): Promise<number> {
  const vram = await load({ wasm: new URL('https://example.org/vram_module.wasm') });
  const results: Result[] = [scenario, by_family, by_config].map(vram.estimate);
  const terms: Term[] = results.flatMap(({ memory }) => memory?.terms ?? []);
  const ids: string[] = vram.catalog('gpus').map(({ id }) => id);
  // @ts-expect-error a result without memory is possible, so it has to be asked for
  results[0]?.memory.total_bytes;
  // @ts-expect-error no such catalog
  vram.catalog('colours');
  // @ts-expect-error the functions are frozen in the type, too
  vram.version = () => '';
  return terms.reduce((sum, { bytes }) => sum + bytes, ids.length);
}

// @ts-expect-error a task that does not exist
export const unknown_task: Scenario = { model: 'x', task: 'guessing' };
// @ts-expect-error sizes are numbers
export const size_as_text: Scenario = { model: { family: 'llama', hidden_size: '4096', parameters: '7e9' } };
// @ts-expect-error a scenario names its model
export const no_model: Scenario = { task: 'inference' };
