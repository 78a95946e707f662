// Types of the package: what goes in, what comes out. Field names equal the keys of the JSON.
// SPDX-License-Identifier: MIT

/** Loads the module. Each call gives an engine of its own; one is enough for a page. */
export function load(options?: LoadOptions): Promise<Vram>;

/** Fetches and compiles the module once, for several `load({ wasm })`, in workers too. */
export function compile(wasm?: LoadOptions['wasm']): Promise<WebAssembly.Module>;

export interface LoadOptions {
  /** Where the .wasm file is, its bytes, or the compiled module. Left out: the file beside this one. */
  wasm?: URL | string | BufferSource | WebAssembly.Module;
}

/** The functions. They answer at once, keep nothing between calls and never throw for bad input: see `issues`. */
export interface Vram {
  readonly estimate: (scenario: Scenario) => Result;
  /** The same from JSON text to JSON text, for callers that hold text; broken JSON is an issue too. */
  readonly estimateText: (request: string) => string;
  /** Changes that help this run, each recomputed, best first; and the smallest set of them that fits. */
  readonly advise: (request: { scenario: Scenario }) => Advice;
  /** The built-in models, accelerators, or the scenario's fields with ranges and defaults. */
  readonly catalog: <Kind extends keyof Catalogs>(kind: Kind) => Catalogs[Kind];
  /** One of the documented formulas by name, with its published inputs; see docs/interface.md. */
  readonly documented: (request: { formula: DocumentedFormula; [input: string]: Json | undefined }) => { documented?: Documented; issues: Issue[] };
  /** For every numeric field: the values that fit the chosen card. */
  readonly fitRanges: (request: { scenario: Scenario; fields?: string[] }) => FitRanges;
  /** Layouts, recomputation and micro-batches that nothing beats in memory, time and cost; fastest first. */
  readonly plan: (request: { scenario: Scenario; gpus?: number; limit?: number }) => Plans;
  /**
   * What a pasted start log of vLLM or llama.cpp, a CUDA out-of-memory message or a line of nvidia-smi says about memory;
   * with a scenario, beside what its estimate predicts.
   */
  readonly readLog: (log: string, scenario?: Scenario) => LogReading;
  /**
   * The model in a GGUF or safetensors file, from its first bytes. `more_bytes_needed` asks for a longer prefix.
   * `file_bytes` is the size of the whole file, where it is known.
   */
  readonly readTensorFile: (prefix: Uint8Array, options?: { file_bytes?: number; language?: 'en' | 'zh' }) => TensorFileAnswer;
  /** Every card of the catalog with the layout that makes the run fit, best first. */
  readonly recommend: (request: { scenario: Scenario; limit?: number; most_gpus?: number; vendor?: string }) => Recommendations;
  /** The largest batch, longest context, fewest cards, ... that fit. */
  readonly solve: (request: { scenario: Scenario; targets?: SolveTarget[]; family?: string }) => Solutions;
  /** Columns for charts: one numeric field over many values. */
  readonly sweep: (request: { scenario: Scenario; field: string; values: number[] }) => Sweep;
  /** Answers one call of a tool, in the shape that a tool server replies with. */
  readonly tool: (name: string, args?: { [argument: string]: Json | undefined }) => ToolReply;
  /** The tools with the JSON Schema of their arguments, as a tool server lists them. */
  readonly tools: () => Tool[];
  /** For example "0.1.0". */
  readonly version: () => string;
}

export interface Scenario {
  model: Model;
  task?: Task;
  inference?: Inference;
  training?: Training;
  parallelism?: Parallelism;
  /** Left out: sizes without a verdict. */
  hardware?: Hardware;
  method?: Method;
}

export type Task = 'inference' | 'pretraining' | 'finetuning';
export type Method = 'engine' | 'documented';

/** A catalog id, a Hugging Face config.json, a family with some dimensions, or the tensors of a file header. */
export type Model = string | { config: Json } | FamilyModel | { tensors: Json[] };

export interface FamilyModel {
  family: string;
  /** Count, not billions: 7e9. */
  parameters?: number;
  hidden_size?: number;
  intermediate_size?: number;
  num_hidden_layers?: number;
  num_attention_heads?: number;
  num_key_value_heads?: number;
  head_dim?: number;
  vocab_size?: number;
  [dimension: string]: Json | undefined;
}

export interface Inference {
  engine?: string;
  engine_version?: string;
  context_length?: number;
  batch_size?: number;
  max_num_seqs?: number;
  max_num_batched_tokens?: number;
  weight_dtype?: string;
  compute_dtype?: string;
  quantization?: string;
  kv_cache_dtype?: string;
  /** Share of the card the engine may take, 0 to 1. */
  gpu_memory_utilization?: number;
  [option: string]: Json | undefined;
}

export type Stage =
  | 'pretraining' | 'sft' | 'dpo' | 'ipo' | 'orpo' | 'cpo' | 'simpo' | 'kto' | 'reward' | 'ppo' | 'grpo' | 'rloo';

export interface Training {
  method?: string;
  stage?: Stage;
  micro_batch_size?: number;
  sequence_length?: number;
  gradient_accumulation_steps?: number;
  lora_rank?: number;
  lora_alpha?: number;
  lora_target_modules?: string[];
  weight_dtype?: string;
  mixed_precision?: string;
  quantization?: string;
  optimizer?: string;
  learning_rate?: number;
  activation_checkpointing?: 'none' | 'selective' | 'full';
  attention?: string;
  framework?: string;
  /** Samples per prompt of GRPO and RLOO. */
  group_size?: number;
  [option: string]: Json | undefined;
}

export interface Parallelism {
  data_parallel_size?: number;
  tensor_parallel_size?: number;
  pipeline_parallel_size?: number;
  virtual_pipeline_size?: number;
  context_parallel_size?: number;
  expert_parallel_size?: number;
  expert_tensor_parallel_size?: number;
  zero_stage?: 0 | 1 | 2 | 3;
  offload?: string;
  [option: string]: Json | undefined;
}

export interface Hardware {
  /** A catalog id such as "rtx-4090". */
  gpu: string;
  gpus?: number;
  [option: string]: Json | undefined;
}

/** Parts are there when there is something to say: with an error among the issues, only the issues are. */
export interface Result {
  /** Complete, with the defaults filled in. */
  scenario?: Scenario;
  model?: { parameters: number; active_parameters: number; trainable_parameters: number };
  memory?: Memory;
  speed?: Speed;
  cost?: Cost;
  /** What the widely quoted formula says of the same run, where one covers it. */
  documented?: Documented;
  issues: Issue[];
  suggestions?: Suggestion[];
  recommendations?: Recommendation[];
}

export interface Evidence {
  /** The framework or engine that was measured. */
  of: string;
  /** false: of the nearest one, since too few runs of the scenario's own were measured. */
  own: boolean;
  values: number;
  median: number;
  p90: number;
}

/** Whole bytes per device. `total_bytes` is exactly the sum of the terms. */
export interface Memory {
  total_bytes: number;
  /** The band that holds nine measured cases in ten. */
  low_bytes?: number;
  high_bytes?: number;
  /** The four below need `scenario.hardware`. */
  usable_bytes?: number;
  fits?: boolean;
  fit_probability?: number;
  /** The measured runs that the band was fitted on; errors are shares of the measured value. */
  evidence?: Evidence;
  worst_rank?: number;
  peak_phase?: string;
  /** What is needed without the part of a reserved KV pool that no token of the run uses. */
  needed_bytes?: number;
  /** What tensors use and what the allocator holds, as PyTorch reports them. */
  allocated_bytes?: number;
  reserved_bytes?: number;
  inference?: ServingMemory;
  terms: Term[];
  timeline?: { phase: string; at: number; terms: Partial<Record<TermId, number>> }[];
  /** Of a training run with a pipeline: every stage's own figures. */
  stages?: { stage: number; total_bytes: number; allocated_bytes: number; resident_bytes: number }[];
}

/** What an engine says of its cache when it serves; the pool's figures need `scenario.hardware`. */
export interface ServingMemory {
  kv_bytes_per_token?: number;
  kv_request_bytes?: number;
  activation_peak_bytes?: number;
  load_peak_bytes?: number;
  host_bytes?: number;
  kv_pool_bytes?: number;
  kv_pool_tokens?: number;
  /** Sequences of `context_length` that the pool holds. */
  max_concurrency?: number;
  /** The longest that all sequences can be at once. */
  max_context_length?: number;
}

export type DocumentedFormula =
  | 'inference' | 'training' | 'finetuning' | 'grpo' | 'multimodal' | 'advanced_nlp' | 'advanced_multimodal' | 'advanced_moe' | 'advanced_cnn';

export interface Documented {
  formula: DocumentedFormula;
  total_bytes: number;
  /** As published. */
  rows: { id: string; bytes: number }[];
  /** One sentence on why our number is another; of a scenario only. */
  why?: string;
}

export type TermId =
  | 'weights' | 'adapter_weights' | 'gradients' | 'optimizer_states' | 'master_weights' | 'activations' | 'logits'
  | 'kv_cache' | 'communication_buffers' | 'engine_buffers' | 'framework_overhead' | 'fragmentation';

export interface Term {
  id: TermId;
  bytes: number;
  /** The numbers put into the formula, for people. */
  formula: string;
  source?: string;
  /** How sure the formula is, A (exact) to D (rule of thumb). */
  grade?: string;
}

export interface Speed {
  tokens_per_second: number;
  low: number;
  high: number;
  step_seconds: number;
  flops: number;
  /** Share of the peak arithmetic rate, 0 to 1. */
  mfu: number;
  unit: 'tokens' | 'samples';
  bound: 'memory' | 'compute' | 'communication';
  /** Inference. */
  time_to_first_token_seconds?: number;
  prefill_tokens_per_second?: number;
  parts: Record<'compute_seconds' | 'traffic_seconds' | 'launch_seconds' | 'communication_seconds' | 'bubble_seconds', number> & { rollout_seconds?: number };
  watts?: number;
  joules_per_token?: number;
  /** Training of a stated length. */
  run_tokens?: number;
  run_seconds?: number;
  run_kwh?: number;
}

export interface Issue {
  severity: 'error' | 'warning' | 'suggestion';
  /** Stable key; texts in other languages hang on it. */
  code: string;
  /** Dotted path in the scenario, such as "training.learning_rate". */
  field: string;
  value?: Json;
  message: string;
}

export interface Suggestion {
  code: string;
  group: 'memory' | 'performance' | 'cost' | 'stability';
  priority: 'high' | 'medium' | 'low';
  /** What it puts at stake: nothing, a little quality, quality or effort, or what is run at all. */
  risk: Risk;
  /** What to lay over the scenario. */
  changes: Json;
  /** Of one device; negative where it takes more. */
  bytes_saved: number;
  /** After the change. */
  total_bytes: number;
  /** With a card. */
  fits?: boolean;
  /** Time of a token (of all cards), against now. */
  time_factor?: number;
  /** Rent of a token, against now. */
  cost_factor?: number;
  message: string;
}

export type Risk = 'none' | 'low' | 'medium' | 'high';

export interface Advice {
  suggestions?: Suggestion[];
  /** Only where the run does not fit: the fewest changes that make it fit, those that risk least. */
  smallest_set?: {
    found: boolean;
    codes?: string[];
    changes?: Json;
    total_bytes?: number;
    usable_bytes?: number;
    time_factor?: number;
    risk?: Risk;
  };
  issues: Issue[];
}

export interface Plans {
  tried?: number;
  fitting?: number;
  plans?: {
    gpus: number;
    total_bytes: number;
    usable_bytes: number;
    tokens_per_second: number;
    usd_per_million_tokens?: number;
    /** What to lay over the scenario. */
    changes: Json;
  }[];
  issues: Issue[];
}

export interface Recommendation {
  gpu: string;
  gpus: number;
  utilization: number;
  level: 'excellent' | 'good' | 'near_limit' | 'oversized';
  tokens_per_second: number;
  run_seconds?: number;
  usd_total?: number;
  cost?: Cost;
  /** What to lay over the scenario: the card and its layout. */
  changes: Json;
}

/** Dated facts of the catalog; what no price is known for is left out. */
export interface Cost {
  usd_per_hour?: number;
  as_of?: string;
  usd_per_million_tokens?: number;
  /** Until the run ends, where its length is known. */
  usd_total?: number;
  buy?: {
    usd: number;
    as_of: string;
    usd_per_hour: number;
    usd_total?: number;
    break_even_hours?: number;
    years: number;
    use: number;
    usd_per_kwh: number;
  };
  cny_per_usd: number;
  cny_as_of: string;
  /** The rate is no quote. */
  cny_basis: 'assumption';
}

export interface Recommendations {
  recommendations?: Recommendation[];
  /** Cards that cannot run this, and why. */
  left_out?: { gpu: string; code: string; message: string }[];
  issues: Issue[];
}

export interface FitRanges {
  usable_bytes?: number;
  ranges?: FitRange[];
  issues: Issue[];
}

/** Without `fits_min` and `fits_max`, no value of the range fits. */
export interface FitRange {
  field: string;
  min: number;
  max: number;
  value: number;
  fits_min?: number;
  fits_max?: number;
  /** Fits even at the upper end of the band. */
  likely_max?: number;
}

export type SolveTarget = 'batch' | 'context' | 'users' | 'lora_rank' | 'model_size' | 'gpus' | 'card';

export interface Solutions {
  solutions?: Solution[];
  issues: Issue[];
}

/** Everything from `value` on is there when something was found. */
export interface Solution {
  target: SolveTarget;
  field: string;
  found: boolean;
  value?: number | string;
  /** What the model was made for, where the memory would allow more. */
  model_limit?: number;
  total_bytes?: number;
  usable_bytes?: number;
  /** What to lay over the scenario. */
  changes?: Json;
}

/** Row after row; each row has one number per column, NaN where the value breaks a rule. */
export interface Sweep {
  columns: string[];
  numbers: Float64Array;
  issues: Issue[];
}

export interface ToolReply {
  content: { type: 'text'; text: string }[];
  /** The whole answer as an object; always with `issues`. */
  structuredContent: { issues: Issue[]; [member: string]: unknown };
  /** There when `structuredContent.issues` holds an error. */
  isError?: true;
}

export interface Tool {
  name: string;
  description: string;
  inputSchema: { type: 'object'; properties: Record<string, Json>; required: string[]; additionalProperties: false };
}

export interface LogReading {
  kind?: 'vllm' | 'llama_cpp' | 'out_of_memory' | 'nvidia_smi' | 'unknown';
  /** Each name once. `line` counts from 1, `times` the lines that were merged. */
  values?: { id: string; value: number; line: number; times: number }[];
  /** What to lay over the scenario: the fields and the constants of that machine that the log states. */
  changes?: Json;
  /** With a scenario: what the log says, what the estimate says, and what it says once `changes` are laid over it. */
  comparison?: LogComparison[];
  issues: Issue[];
}

export interface LogComparison {
  id: string;
  measured: number;
  predicted: number;
  relative_error?: number;
  corrected?: number;
  /** The process wanted more when it ran out of memory. */
  at_least?: true;
}

/** One of: `model` with `file`; `more_bytes_needed`; an error among the issues. */
export interface TensorFileAnswer {
  /** To put into a scenario. */
  model?: { format: string; metadata: Json; tensors: Json[] };
  file?: {
    name: string;
    tensors: number;
    bytes: number;
    header_bytes: number;
    types: { type: string; tensors: number; parameters: number; bytes: number }[];
  };
  more_bytes_needed?: number;
  issues: Issue[];
}

export interface Catalogs {
  models: CatalogRow[];
  gpus: CatalogRow[];
  fields: Json;
  /** Families a model can be described by; see FamilyModel. */
  families: { name: string; like: string; kind: 'dense' | 'moe' | 'multimodal' | 'cnn' }[];
}

/** A row of the catalog: its id and whatever facts it has. */
export interface CatalogRow {
  id: string;
  [fact: string]: Json | undefined;
}

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json | undefined };
