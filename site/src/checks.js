// The engine's findings as the page shows them: in the reader's language, the gravest first, each with its field.
// SPDX-License-Identifier: MIT
/** @import { FirstEngine, Issue, Result } from './types.js' */
/** @import { Check } from './elements/issue-list.js' */
import { fmt, t, tOr } from './i18n/index.js';

const RANK = Object.freeze({ error: 0, warning: 1, suggestion: 2 });

/** @param {Result | null} result @param {FirstEngine | null} engine @returns {Check[]} */
export function readChecks(result, engine) {
  return (result?.issues ?? [])
    .map((issue) => readCheck(issue, engine))
    .sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}

/** @param {Issue} issue @param {FirstEngine | null} engine @returns {Check} */
function readCheck(issue, engine) {
  const path = (issue.field ?? '').startsWith('model.') ? 'model' : (issue.field ?? '');
  const field = engine?.fields.find((candidate) => candidate.path === path);
  const name = field ? tOr(`field.${path}`, path) : path;
  const value =
    issue.value === undefined || issue.value === null
      ? ''
      : typeof issue.value === 'string'
        ? issue.value
        : JSON.stringify(issue.value);
  const places = {
    field: name,
    value,
    min: fmt().plain(field?.min),
    max: fmt().plain(field?.max),
    least: fmt().plain(field?.least),
    most: fmt().plain(field?.most),
  };
  return {
    severity: issue.severity,
    path,
    field: field ? name : '',
    text: tOr(`issue.${issue.code}`, issue.message, places),
  };
}

/** The first error that a change brings with it, as a sentence; '' when it brings none. @param {Result} after @param {Result | null} before */
export function newProblem(after, before) {
  const known = before?.issues ?? [];
  const problem = after.issues.find(
    (issue) =>
      issue.severity === 'error' && !known.some(({ code, field }) => code === issue.code && field === issue.field),
  );
  if (!problem) return '';
  const places = { value: JSON.stringify(problem.value ?? ''), field: problem.field };
  return tOr(`issue.${problem.code}`, problem.message || t('verdict.error'), places);
}
