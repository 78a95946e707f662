// Counts the tokens of a text exactly, with the vocabulary that comes along: brought when it is first asked for.
// SPDX-License-Identifier: MIT
import { Tiktoken } from 'js-tiktoken/lite';
import ranks from 'js-tiktoken/ranks/cl100k_base';

const encoding = new Tiktoken(ranks);

/** Names of special tokens in the text are text. @param {string} text */
export function countTokens(text) {
  return encoding.encode(text, [], []).length;
}
