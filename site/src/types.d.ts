// The shapes the page exchanges with the engine. What goes in and comes out is the package's own; the rest is the page's.
// SPDX-License-Identifier: MIT
import type {
  FitRange as EngineFitRange,
  LogReading,
  Recommendations,
  Result as EngineResult,
  Sweep,
  TensorFileAnswer,
  Vram,
} from '../../wasm/vram.js';

export type { FitRange as EngineFitRange } from '../../wasm/vram.js';
export type {
  Advice,
  Cost,
  Documented,
  Issue,
  Memory,
  Recommendation,
  Recommendations,
  Speed,
  Suggestion,
  Term,
} from '../../wasm/vram.js';

/** JSON as read or written; `undefined` never survives the trip. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type Severity = 'error' | 'warning' | 'suggestion';

/** One row of the engine's field table (`catalog('fields')`). */
export interface Field {
  path: string;
  type: string;
  min?: number;
  max?: number;
  default?: Json;
  values?: string[];
  unit?: string;
  /** What the engine accepts, where that is more than the control offers. */
  least?: number;
  most?: number;
}

export interface ModelRow {
  id: string;
  name: string;
  family: string;
  kind: string;
  /** What goes in: text, image, video, audio. */
  inputs?: readonly string[];
  parameters: number;
  active_parameters?: number;
  year?: number;
}

export interface GpuRow {
  id: string;
  name: string;
  vendor: string;
  memory_bytes: number;
  usable_bytes: number;
  year?: number;
  gpu_class?: string;
}

/** What a person has set, by field path (`training.lora_rank`); everything else is a default. */
export type Values = Readonly<Record<string, Json>>;

export interface TimelinePoint {
  phase: string;
  at: number;
  terms: Readonly<Partial<Record<string, number>>>;
}

/** A card that cannot run this, and why. */
export type LeftOut = NonNullable<Recommendations['left_out']>[number];

export type Result = Omit<EngineResult, 'scenario'> & {
  /** The page's own: the engine is not here yet to say. */
  isPending?: boolean;
  scenario?: { [key: string]: Json };
};

export interface FamilyRow {
  name: string;
  /** Published models it takes its proportions from. */
  like: string;
  kind: string;
}

/** What the page can draw itself from: the engine, or what it said of the opening scenario when the page was built. */
export interface FirstEngine {
  version: string;
  /** The catalog; empty until `prepare` has been called. */
  readonly models: readonly ModelRow[];
  /** Before `prepare`, those that have been asked for. */
  readonly gpus: readonly GpuRow[];
  gpu(id: string): GpuRow | undefined;
  fields: readonly Field[];
  /** Null where only the engine itself can tell. */
  estimate(scenario: { [key: string]: Json }): Result | null;
}

/** The engine as the page sees it: synchronous once loaded. */
export interface Engine extends FirstEngine {
  /** For engines in workers. */
  compiled: WebAssembly.Module;
  prepare(): void;
  estimate(scenario: { [key: string]: Json }): Result;
  families(): readonly FamilyRow[];
  answer(what: 'advise' | 'recommend' | 'solve' | 'sweep' | 'estimate', request: any): unknown;
  /** The tools that assistants ask. */
  tool: Vram['tool'];
  tools: Vram['tools'];
  /** What a start log or an out-of-memory message says, beside the prediction. */
  readLog(log: string, scenario: { [key: string]: Json }): LogReading;
  /** The model of a weight file, from its first bytes. */
  readTensorFile(prefix: Uint8Array, fileBytes: number): TensorFileAnswer;
  /** One numeric field over many values, as columns. */
  sweep(request: { scenario: { [key: string]: Json }; field: string; values: number[] }): Sweep;
  /** How far each field may go, in one call. */
  fitRanges(request: { scenario: { [key: string]: Json }; fields?: string[] }): readonly EngineFitRange[];
}

/** How far a control may go before the run no longer fits. */
export interface FitRange {
  /** Smallest value that fits. */
  from: number | null;
  /** Largest value with room to spare. */
  comfortable: number | null;
  /** Largest value that still fits; null when none does. */
  limit: number | null;
}
