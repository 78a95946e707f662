// Rules applied, findings put into words.
// SPDX-License-Identifier: MIT
#include "validate.h"

#include <cmath>

#include "explain.h"
#include "json_writer.h"

namespace vram {

namespace {

Issue issue_of(const Rule& rule, const Finding& finding) {
  Issue issue;
  issue.severity = rule.severity;
  issue.code = rule.code;
  issue.field = finding.field;
  std::string value;
  switch (finding.unit) {
    case Finding::Unit::number: issue.value = value = json_number(finding.value); break;
    case Finding::Unit::percent:
      issue.value = json_number(finding.value);
      value = brief(std::round(finding.value * 100)) + " %";
      break;
    case Finding::Unit::bytes: {
      issue.value = json_number(std::round(finding.value));
      const bool large = finding.value >= kBytesPerGib;
      value = brief(std::round(finding.value / (large ? kBytesPerGib : kBytesPerMib) * (large ? 100 : 1)) / (large ? 100 : 1)) + (large ? " GiB" : " MiB");
      break;
    }
    case Finding::Unit::text:
      value = finding.value_text;
      if (!value.empty()) issue.value = '"' + value + '"';
      break;
  }
  if (finding.unit != Finding::Unit::text) issue.shown = value;
  issue.allowed = finding.allowed_text.empty() ? json_number(finding.allowed) : std::string(finding.allowed_text);
  issue.message = message_text(rule.code, Language::en, issue.field, value, issue.allowed);
  return issue;
}

}  // namespace

void validate(const RuleInput& input, Issues& issues) {
  const bool after = input.estimate != nullptr;
  for (const Rule& rule : validation_rules()) {
    Finding finding;
    if (rule.needs_estimate == after && rule.fires(input, finding)) issues.push_back(issue_of(rule, finding));
  }
}

bool is_legal(const RuleInput& input) {
  for (const Rule& rule : validation_rules()) {
    Finding finding;
    if (rule.severity == Severity::error && !rule.needs_estimate && rule.fires(input, finding)) return false;
  }
  return true;
}

}  // namespace vram
