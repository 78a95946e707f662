// The calculator of models that see or hear: text with images, video or audio.
// SPDX-License-Identifier: MIT
/** @import { Calculator, Group, Row, SwitchChoice } from './layout.js' */
import { RUN_ROWS, TASKS } from './language.js';

/** The model an input opens with, where the present one does not read it. */
const MODEL_OF_INPUT = Object.freeze({
  image: 'Qwen/Qwen2.5-VL-7B-Instruct',
  video: 'Qwen/Qwen2.5-VL-7B-Instruct',
  audio: 'openai/whisper-large-v3',
});

/** @param {keyof typeof MODEL_OF_INPUT} input @param {number | undefined} images @param {number | undefined} frames @returns {SwitchChoice} */
const inputOf = (input, images, frames) => ({
  value: input,
  text: `input.${input}`,
  changes: ({ inputs }) => ({
    'inference.images': images,
    'training.images': images,
    'inference.frames': frames,
    'training.frames': frames,
    ...(inputs.includes(input) ? {} : { model: MODEL_OF_INPUT[input] }),
  }),
});

/** What goes in beside the text. */
const INPUTS = Object.freeze([
  inputOf('image', 1, undefined),
  inputOf('video', undefined, 16),
  inputOf('audio', undefined, undefined),
]);

/** @type {Readonly<Record<string, readonly Row[]>>} */
const INPUT_ROWS = Object.freeze({
  inference: ['inference.images', 'inference.frames', 'inference.image_size'],
  training: ['training.images', 'training.frames', 'training.image_size'],
});

/** @type {Calculator} */
export const MULTIMODAL = Object.freeze({
  id: 'multimodal',
  opening: Object.freeze({
    model: 'Qwen/Qwen2.5-VL-7B-Instruct',
    task: 'inference',
    'inference.images': 1,
    'training.images': 1,
  }),
  offers: (/** @type {import('../types.js').ModelRow} */ model, /** @type {import('./facts.js').Facts} */ { input }) =>
    (model.kind === 'multimodal' || model.kind === 'vit') && (model.inputs ?? []).includes(input),
  switches: [
    {
      path: 'task',
      text: 'field.task',
      choices: TASKS.filter(({ value }) => value !== 'rlhf'),
      current: ({ task }) => task,
    },
    { path: 'input', text: 'field.input', choices: INPUTS, current: ({ input }) => input },
  ],
  groups: ({ task }) =>
    /** @type {readonly Group[]} */ ([
      { title: 'group.input', rows: INPUT_ROWS[task === 'inference' ? 'inference' : 'training'] ?? [] },
      { title: 'group.run', rows: RUN_ROWS[task] },
    ]),
  hasRest: true,
});
