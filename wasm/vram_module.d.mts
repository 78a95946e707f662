// Types of the file that the compiler writes: text in, text out. Copied beside it into dist/.
// SPDX-License-Identifier: MIT

/** The few settings of the emitted program that this build accepts. */
export interface ModuleSettings {
  /** Makes the instance; called once with the imports, answers through `done`. */
  instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): object;
  print(line: string): void;
  printErr(line: string): void;
}

export interface VramModule {
  estimate(request: string): string;
  catalog(kind: string): string;
  documented(request: string): string;
  fitRanges(request: string): string;
  recommend(request: string): string;
  solve(request: string): string;
  sweep(request: string): { head: string; numbers: Float64Array };
  tool(request: string): string;
  tools(): string;
  version(): string;
}

export default function createVramModule(settings: ModuleSettings): Promise<VramModule>;
