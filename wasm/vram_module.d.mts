// Types of the file that the compiler writes: text in, UTF-8 out. Copied beside it into dist/.
// SPDX-License-Identifier: MIT

/** The few settings of the emitted program that this build accepts. */
export interface ModuleSettings {
  /** Makes the instance; called once with the imports, answers through `done`. */
  instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): object;
  print(line: string): void;
  printErr(line: string): void;
}

/** Bytes lie in the module's memory and are good until the next call. */
export interface VramModule {
  estimate(request: string): Uint8Array;
  advise(request: string): Uint8Array;
  catalog(kind: string): Uint8Array;
  documented(request: string): Uint8Array;
  fitRanges(request: string): Uint8Array;
  plan(request: string): Uint8Array;
  readLog(request: string): Uint8Array;
  recommend(request: string): Uint8Array;
  solve(request: string): Uint8Array;
  sweep(request: string): { head: string; numbers: Float64Array };
  tensorFile(prefix: Uint8Array, file_bytes: number, chinese: boolean): string;
  tool(request: string): string;
  tools(): string;
  version(): string;
}

export default function createVramModule(settings: ModuleSettings): Promise<VramModule>;
