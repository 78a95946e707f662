// Text edge of recommendations.
// SPDX-License-Identifier: MIT
#include "recommend_json.h"

#include <algorithm>

#include "cost_json.h"
#include "patch.h"
#include "request.h"
#include "scenario_json.h"
#include "slug.h"
#include "vram/catalog.h"
#include "vram/layout.h"
#include "vram/recommend.h"

namespace vram {

using nlohmann::json;

namespace {

void write_row(JsonWriter& writer, const Scenario& before, const Recommendation& row) {
  Scenario after = with_layout(before, row.layout);
  after.hardware.gpu = row.gpu->id;
  after.hardware.memory_gib = 0;
  if (after.hardware.gpu != before.hardware.gpu) after.hardware.usd_per_gpu_hour = 0;
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

/// The maker that the request names, in any case; empty = every maker.
std::string_view vendor_member(const json& request, Issues& issues) {
  const auto found = request.find("vendor");
  if (found == request.end()) return {};
  std::string known;
  std::string_view last;
  for (const GpuSpec& gpu : catalog_gpus()) {
    if (found->is_string() && same_slug(gpu.vendor, found->get_ref<const std::string&>())) return gpu.vendor;
    if (gpu.vendor != last && known.find(gpu.vendor) == std::string::npos) known.append(known.empty() ? "" : ", ").append(gpu.vendor);
    last = gpu.vendor;
  }
  issues.push_back(error(found->is_string() ? "unknown_name" : "wrong_type", "vendor", excerpt(*found), "vendor is " + excerpt(*found) + "; known are " + known + "."));
  return {};
}

}  // namespace

void write_recommendations(JsonWriter& writer, const Scenario& before, const Recommendations& found, std::size_t limit) {
  writer.begin_array("recommendations");
  for (std::size_t i = 0; i < std::min(found.rows.size(), limit); ++i) write_row(writer, before, found.rows[i]);
  writer.end_array();
}

std::string recommend_json(std::string_view text) {
  return answer_question(text, {"scenario", "limit", "most_gpus", "vendor"}, Legality::ignored, [](JsonWriter& writer, const json& request, const ReadScenario& read, Issues& issues) {
    const std::int64_t limit = whole_member(request, "limit", 20, 1000, issues);
    const std::int64_t most = whole_member(request, "most_gpus", 64, 1024, issues);
    const std::string_view vendor = vendor_member(request, issues);
    if (!has_errors(issues)) {
      const Recommendations found = recommend(read.scenario, read.loaded->inventory, most, vendor);
      write_recommendations(writer, read.scenario, found, static_cast<std::size_t>(limit));
      writer.begin_array("left_out");
      for (const LeftOut& row : found.left_out) {
        writer.begin_object();
        writer.member("gpu", row.gpu->id);
        writer.member("code", row.code);
        writer.member("message", message_text(row.code, read.language, "hardware.gpu", row.gpu->name, row.gpu->name));
        writer.end_object();
      }
      writer.end_array();
    }
  });
}

}  // namespace vram
