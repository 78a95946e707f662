// What build/widget.mjs puts together.
// SPDX-License-Identifier: MIT
declare module 'widget:engine' {
  /** The .wasm file as LZMA in base64, and its size. */
  const packed: { text: string; size: number };
  export default packed;
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
