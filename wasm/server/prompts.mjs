// Questions worth asking, in English and Chinese. A prompt says which tools to use and what an answer has to hold.
// SPDX-License-Identifier: MIT

const word = (/** @type {string} */ name, /** @type {string} */ description, required = false) =>
  Object.freeze({ name, description, required });
const kLanguage = word('language', 'en (default) or zh');

/** @typedef {(typeof kPrompts)[number]} Prompt */

export const kPrompts = Object.freeze([
  {
    name: 'optimize_vram',
    title: 'Make a run smaller',
    description: 'Finds the changes that make a run fit, with what each saves and costs.',
    arguments: [
      word('scenario', 'the run: a scenario as JSON, or in words', true),
      word('gpu', 'the card it has to fit on'),
      kLanguage,
    ],
    en: 'Make this run fit{gpu? on }{gpu}:\n{scenario}\n\nCall `estimate` for what it needs now, then `optimize_config` for changes. For each change say the bytes saved, the change of time and what it risks; give the smallest set of changes that makes it fit, and the chance that it does. Quote only numbers that the tools returned.',
    zh: '请让这个任务{gpu?能在 }{gpu}{gpu? 上}运行：\n{scenario}\n\n先调用 `estimate` 得到当前需求，再调用 `optimize_config` 得到可做的修改。逐项说明节省的字节数、时间变化和风险；给出能放下的最少修改及其成功概率。只引用工具返回的数字。',
  },
  {
    name: 'select_gpu',
    title: 'Choose a GPU',
    description: 'Which card, how many, what it costs, for a given run.',
    arguments: [
      word('scenario', 'the run: a scenario as JSON, or in words', true),
      word('budget', 'dollars an hour, or to buy'),
      kLanguage,
    ],
    en: 'Which GPU should I take for this run?\n{scenario}\n{budget?Budget: }{budget}\n\nCall `recommend_gpu`, and `analyze_cost` for the best three. Compare how full each is (75 % is the aim), speed, price by the hour with its date, and what to buy would take. Say why the obvious alternatives are worse.',
    zh: '这个任务应选哪种 GPU？\n{scenario}\n{budget?预算：}{budget}\n\n调用 `recommend_gpu`，并对前三名调用 `analyze_cost`。比较显存占用（目标 75 %）、速度、每小时价格及其日期和购买成本，并说明常见的其他选择为何更差。',
  },
  {
    name: 'diagnose_oom',
    title: 'Why did it run out of memory?',
    description: 'Reads an out-of-memory message or a start log and says what to change.',
    arguments: [
      word('log', 'the message, or the last hundred lines', true),
      word('scenario', 'what was run, if known'),
      kLanguage,
    ],
    en: 'My run died of out-of-memory.\n{scenario?It was: }{scenario}\n\nLog:\n{log}\n\nTell from the log what was run and on which card, call `estimate` for it, and compare term by term what was predicted with what the log says. Name the term that broke it and the phase it happened in, then call `optimize_config` and give the smallest change that fits.',
    zh: '我的任务因显存不足而中断。\n{scenario?运行内容：}{scenario}\n\n日志：\n{log}\n\n请从日志判断运行内容和显卡，调用 `estimate`，逐项比较预测与日志。指出导致问题的项和所处阶段，再调用 `optimize_config` 给出能放下的最小修改。',
  },
  {
    name: 'optimize_training',
    title: 'Train faster on what there is',
    description: 'Layout, batch and recomputation for the shortest run on given cards.',
    arguments: [
      word('scenario', 'the run: a scenario as JSON, or in words', true),
      word('gpus', 'the cards: which and how many', true),
      kLanguage,
    ],
    en: 'Set up this training for the shortest time on {gpus}:\n{scenario}\n\nCall `plan_parallelism` for layouts and `auto_tune_config` for batch and recomputation. Give the best three with memory, tokens a second and time to finish, say where each loses time, and write out the scenario of the best.',
    zh: '请为在 {gpus} 上的训练找到最短时间的配置：\n{scenario}\n\n调用 `plan_parallelism` 得到并行布局，调用 `auto_tune_config` 得到批量与重计算设置。给出最好的三种及其显存、每秒 token 数和完成时间，说明各自的时间损失，并写出最佳配置的完整 scenario。',
  },
]);

/**
 * `{name}` is an argument's value, `{name?text}` a text that stands only beside one; a tool this engine lacks is `estimate`.
 * @param {Prompt} prompt @param {Record<string, string>} values @param {readonly string[]} tools
 */
export function promptText(prompt, values, tools) {
  const text = values['language'] === 'zh' ? prompt.zh : prompt.en;
  return text
    .replace(/`(\w+)`/g, (_, name) => `\`${tools.includes(name) ? name : 'estimate'}\``)
    .replace(/\{(\w+)(?:\?([^}]*))?\}/g, (_, name, beside) =>
      beside === undefined ? (values[name] ?? '') : values[name] ? beside : '',
    );
}
