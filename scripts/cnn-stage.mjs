// Reads one row of a stage table, such as "conv_bn_act out=64 kernel=7 stride=2" or "max_pool kernel=3 ceil".
// SPDX-License-Identifier: MIT

export const kBlocks = [
  'conv',
  'conv_act',
  'conv_bn',
  'conv_bn_act',
  'norm_act',
  'layer_norm',
  'max_pool',
  'avg_pool',
  'adaptive_pool',
  'activation',
  'flatten',
  'dropout',
  'linear',
  'fork',
  'branch',
  'join',
  'aside',
  'resume',
  'basic',
  'bottleneck',
  'regnet',
  'inverted_residual',
  'fused_residual',
  'dense',
  'transition',
  'convnext',
  'shuffle',
  'c2f',
  'c3k2',
  'sppf',
  'c2psa',
  'upsample',
  'concat',
  'detect_v8',
  'detect',
];
export const kActivations = ['relu', 'relu6', 'hardswish', 'hardsigmoid', 'silu', 'gelu', 'sigmoid'];

const kFlags = ['ceil', 'in_place', 'shortcut', 'inner'];
const kNumbers = [
  'repeat',
  'out',
  'stride',
  'padding',
  'groups',
  'width',
  'expand',
  'squeeze',
  'squeeze_divisor',
  'label',
];
const kLabelLimit = 32; // labels live in an array of this size in core/src/cnn.cpp

function wholeNumber(text, line) {
  if (!/^\d+$/.test(text) || Number(text) > 32767) throw new Error(`not a small whole number: ${text} in "${line}"`);
  return Number(text);
}

function value(key, text, line) {
  if (kNumbers.includes(key)) return { [key]: wholeNumber(text, line) };
  if (key === 'kernel') {
    const [height, width] = text.split('x');
    const kernel = { kernel: wholeNumber(height, line) };
    return width === undefined ? kernel : { ...kernel, kernel_width: wholeNumber(width, line) };
  }
  if (key === 'activation' && kActivations.includes(text)) return { activation: text };
  if (key === 'with') return { with: text.split(',').map((label) => wholeNumber(label, line)) };
  throw new Error(`unknown ${key}=${text} in "${line}"`);
}

/** The fields of CnnStage that the row sets. Throws with the row in the message when a word is not understood. */
export function parseStage(line) {
  const [block, ...words] = line.split(' ');
  if (!kBlocks.includes(block)) throw new Error(`unknown block "${block}" in "${line}"`);
  const stage = { block };
  for (const word of words) {
    const [key, text] = word.split('=');
    if (key in stage) throw new Error(`${key} twice in "${line}"`);
    if (text === undefined && kFlags.includes(key)) stage[key] = true;
    else if (text !== undefined) Object.assign(stage, value(key, text, line));
    else throw new Error(`unknown word "${word}" in "${line}"`);
  }
  const labels = [stage.label ?? 1, ...(stage.with ?? [])];
  if (labels.some((label) => label < 1 || label >= kLabelLimit) || labels.length > 4)
    throw new Error(`labels in "${line}"`);
  return stage;
}
