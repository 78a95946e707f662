// What build/widget.mjs puts together.
// SPDX-License-Identifier: MIT
declare module 'widget:engine' {
  /** The .wasm file, packed. */
  const text: string;
  export default text;
}
declare module 'widget:texts' {
  const texts: Record<'en' | 'zh', Record<string, string>>;
  export default texts;
}
declare module 'widget:tokens' {
  /** Declarations. */
  const text: string;
  export default text;
}
