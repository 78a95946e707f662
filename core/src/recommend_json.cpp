// Text edge of recommendations.
// SPDX-License-Identifier: MIT
#include "recommend_json.h"

#include <algorithm>

#include "cost_json.h"
#include "patch.h"
#include "request.h"
#include "scenario_json.h"
#include "vram/layout.h"
#include "vram/recommend.h"

namespace vram {

using nlohmann::json;

namespace {

void write_row(JsonWriter& writer, const Scenario& before, const Recommendation& row) {
  Scenario after = with_layout(before, row.layout);
  after.hardware.gpu = row.gpu->id;
  after.hardware.memory_gib = 0;
  writer.begin_object();
  writer.member("gpu", row.gpu->id);
  writer.member("gpus", row.layout.world_size());
  writer.member("utilization", row.utilization);
  writer.member("level", name_of(row.level));
  writer.member("tokens_per_second", row.speed.tokens_per_second.expected);
  if (row.speed.run_seconds > 0) writer.member("run_seconds", row.speed.run_seconds);
  if (row.cost.usd_total > 0) writer.member("usd_total", row.cost.usd_total);
  write_cost(writer, row.cost);
  writer.key("changes");
  writer.raw(patch_text(before, after));
  writer.end_object();
}

}  // namespace

void write_recommendations(JsonWriter& writer, const Scenario& before, const Recommendations& found, std::size_t limit) {
  writer.begin_array("recommendations");
  for (std::size_t i = 0; i < std::min(found.rows.size(), limit); ++i) write_row(writer, before, found.rows[i]);
  writer.end_array();
}

std::string recommend_json(std::string_view text) {
  std::string out;
  JsonWriter writer(out);
  Issues issues;
  Language language = Language::en;
  writer.begin_object();
  const json request = parse_request(text, issues);
  if (!has_errors(issues)) {
    refuse_unknown_members(request, {"scenario", "limit", "most_gpus"}, issues);
    const ReadScenario read = read_scenario_member(request, Legality::ignored);
    language = read.language;
    issues.insert(issues.end(), read.issues.begin(), read.issues.end());
    const std::int64_t limit = whole_member(request, "limit", 20, 1000, issues);
    const std::int64_t most = whole_member(request, "most_gpus", 64, 1024, issues);
    if (!has_errors(issues)) {
      const Recommendations found = recommend(read.scenario, read.loaded->inventory, most);
      write_recommendations(writer, read.scenario, found, static_cast<std::size_t>(limit));
      writer.begin_array("left_out");
      for (const LeftOut& row : found.left_out) {
        writer.begin_object();
        writer.member("gpu", row.gpu->id);
        writer.member("code", row.code);
        writer.member("message", message_text(row.code, language, "hardware.gpu", row.gpu->name, row.gpu->name));
        writer.end_object();
      }
      writer.end_array();
    }
  }
  localise(issues, language);
  write_issues(writer, issues);
  writer.end_object();
  return out;
}

}  // namespace vram
