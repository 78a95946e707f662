// Directive that sets style properties through the CSSOM: a strict CSP refuses style attributes, Lit's styleMap writes one.
// What moves is better set as a plain property than as a custom one, which every descendant inherits and is styled anew for.
// SPDX-License-Identifier: MIT
import { noChange } from 'lit';
import { Directive, directive } from 'lit/directive.js';

class SetProps extends Directive {
  /** What was set last. @type {Record<string, string>} */
  #set = {};

  /** @param {Readonly<Record<string, string>>} _props */
  render(_props) {
    return noChange;
  }

  /** @param {import('lit/directive.js').Part} part @param {[Readonly<Record<string, string>>]} props */
  update(part, [props]) {
    const style = /** @type {HTMLElement} */ (/** @type {import('lit/directive.js').ElementPart} */ (part).element)
      .style;
    for (const [name, value] of Object.entries(props)) {
      if (this.#set[name] === value) continue;
      this.#set[name] = value;
      style.setProperty(name, value);
    }
    return noChange;
  }
}

export const setProps = directive(SetProps);
