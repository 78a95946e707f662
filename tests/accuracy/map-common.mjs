// What the mappings share: names of models and cards, an entry per row, knobs that a scenario may lack.
// SPDX-License-Identifier: MIT

/** Collects what is wrong with a mapping: the first reason wins, and an entry with a reason has no scenario. */
export class Mapping {
  constructor(row, names, fields) {
    this.row = row;
    this.names = names;
    this.fields = fields;
    this.reason = null;
  }

  fail(reason) {
    this.reason ??= reason;
  }

  /** A model of the name table. */
  model() {
    const found = this.names.models[this.row.model];
    if (found === undefined) this.fail(`model not in the catalog: ${this.row.model}`);
    return found;
  }

  gpu() {
    const text = this.row.gpu ?? '';
    const found = this.names.gpus.find(([pattern]) => new RegExp(pattern).test(text));
    return found === undefined ? undefined : { gpu: found[1] };
  }

  /** Sets `name` of `target`, which must be a field of the scenario; else the row cannot be expressed. */
  need(target, group, name, value) {
    if (this.fields.has(`${group}.${name}`)) {
      target[name] = value;
    } else {
      this.fail(`needs knob ${group}.${name}`);
    }
  }
}

export function entryOf(row, extra) {
  return {
    id: row.id,
    group: row.group,
    trust: row.trust,
    url: row.source?.url ?? null,
    scenario: null,
    baseline: null,
    reason: null,
    checks: [],
    ...extra,
  };
}

/** A check of `value`, whose closed interval is given or exact. */
export function check(metric, value, interval, extra = {}) {
  return { metric, value, low: interval?.[0] ?? value, high: interval?.[1] ?? value, ...extra };
}

/** The interval of a printed decimal: half a unit of its last digit to either side. */
export function rounded(value, unit, digits) {
  const half = 0.5 * 10 ** -digits;
  return [(value - half) * unit, (value + half) * unit];
}

export function digitsOf(value) {
  const text = String(value);
  const dot = text.indexOf('.');
  return dot < 0 ? 0 : text.length - dot - 1;
}
