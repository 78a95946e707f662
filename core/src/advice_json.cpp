// Text edge of advice.
// SPDX-License-Identifier: MIT
#include "advice_json.h"

#include "patch.h"
#include "request.h"
#include "scenario_fields.h"
#include "scenario_json.h"
#include "vram/catalog.h"

namespace vram {

using nlohmann::json;

namespace {

/// The value of a field as people read it: without quotes, a card by its name.
std::string text_of(std::string_view path, const Scenario& scenario) {
  if (path == "hardware.gpu") {
    if (const GpuSpec* gpu = find_gpu(scenario.hardware.gpu).gpu; gpu != nullptr) return std::string(gpu->name);
  }
  const Field* field = find_field(path);
  if (field == nullptr) return {};
  Scenario copy = scenario;
  std::string out;
  {
    JsonWriter writer(out);
    write_value(writer, *field, copy);
  }
  if (out.size() >= 2 && out.front() == '"') out = out.substr(1, out.size() - 2);
  return out;
}

}  // namespace

void write_suggestions(JsonWriter& writer, const Scenario& before, const Advice& advice, Language language) {
  writer.begin_array("suggestions");
  for (const Proposal& p : advice.proposals) {
    const AdviceRow& row = *p.row;
    writer.begin_object();
    writer.member("code", row.code);
    writer.member("group", name_of(row.group));
    writer.member("priority", name_of(p.priority));
    writer.member("risk", name_of(row.risk));
    writer.key("changes");
    writer.raw(patch_text(before, p.changed));
    writer.member("bytes_saved", p.bytes_saved);
    writer.member("total_bytes", p.after.total.value);
    if (p.after.usable.value > 0) writer.member("fits", p.after.fits);
    if (p.time_factor > 0) writer.member("time_factor", p.time_factor);
    if (p.cost_factor > 0) writer.member("cost_factor", p.cost_factor);
    writer.member("message", message_text("advice_" + std::string(row.code), language, row.field, text_of(row.field, before), text_of(row.field, p.changed), advice_messages()));
    writer.end_object();
  }
  writer.end_array();
}

void write_smallest_set(JsonWriter& writer, const Scenario& before, const SmallestSet& set) {
  if (!set.wanted) return;
  writer.begin_object("smallest_set");
  writer.member("found", set.found);
  if (set.found) {
    writer.begin_array("codes");
    for (const AdviceRow* row : set.rows) writer.text(row->code);
    writer.end_array();
    writer.key("changes");
    writer.raw(patch_text(before, set.changed));
    writer.member("total_bytes", set.after.total.value);
    writer.member("usable_bytes", set.after.usable.value);
    if (set.time_factor > 0) writer.member("time_factor", set.time_factor);
    writer.member("risk", name_of(set.risk));
  }
  writer.end_object();
}

std::string advise_json(std::string_view text) {
  return answer_question(text, {"scenario"}, Legality::checked, [](JsonWriter& writer, const json&, const ReadScenario& read, Issues&) {
    const Advice advice = advise(read.scenario, read.loaded->inventory, read.gpu);
    write_suggestions(writer, read.scenario, advice, read.language);
    write_smallest_set(writer, read.scenario, advice.smallest);
  });
}

}  // namespace vram
