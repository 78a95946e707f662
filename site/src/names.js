// How models, cards and scenarios are called on the page.
// SPDX-License-Identifier: MIT
/** @import { FirstEngine, Json, Result, Values } from './types.js' */
import { taskOf } from './calculators/facts.js';
import { t, tOr } from './i18n/index.js';
import { chosen, readAt } from './scenario.js';
import { shortGpuName } from './verdict.js';

/** The page's own name for a model given as a description. @param {Json | undefined} model */
export function modelName(model) {
  if (typeof model === 'string') return model;
  const name = readAt(model, 'config._name_or_path') ?? readAt(model, 'config.model_type') ?? readAt(model, 'family');
  return typeof name === 'string' && name !== '' ? t('model.from_file', { name }) : t('model.custom');
}

/** What tells a scenario from another in a list: model, way of running, cards. @param {Values} values @param {Result | null} result @param {FirstEngine | null} engine */
export function scenarioName(values, result, engine) {
  const read = (/** @type {string} */ path) => chosen(values, path) ?? readAt(result?.scenario, path);
  const task = taskOf(values);
  const [kind, way] =
    task === 'inference'
      ? ['quantization', read('inference.quantization')]
      : task === 'finetuning'
        ? ['method', read('training.method')]
        : task === 'rlhf'
          ? ['stage', read('training.stage')]
          : ['', ''];
  const id = read('hardware.gpu');
  const gpu = engine?.gpu(String(id ?? ''));
  const count = Number(read('hardware.gpus') ?? 1);
  const cards = gpu ? `${count > 1 ? `${count} × ` : ''}${shortGpuName(gpu)}` : '';
  return [
    modelName(read('model')).split('/').at(-1),
    t(`task.${task}`),
    way && way !== 'none' ? tOr(`value.${kind}.${way}`, String(way)) : '',
    cards,
  ]
    .filter(Boolean)
    .join(' · ');
}
