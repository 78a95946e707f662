// Text edge of plans.
// SPDX-License-Identifier: MIT
#include <algorithm>

#include "patch.h"
#include "request.h"
#include "scenario_json.h"
#include "vram/plan.h"

namespace vram {

using nlohmann::json;

std::string plan_json(std::string_view text) {
  return answer_question(text, {"scenario", "gpus", "limit"}, Legality::ignored, [](JsonWriter& writer, const json& request, const ReadScenario& read, Issues& issues) {
    const std::int64_t gpus = whole_member(request, "gpus", 0, 1024, issues);
    const std::int64_t limit = whole_member(request, "limit", 20, 1000, issues);
    if (read.gpu == nullptr) {
      issues.push_back(error("missing_field", "scenario.hardware.gpu", "", "A card is required: without one there is nothing to plan for."));
    }
    if (!has_errors(issues)) {
      const Plans plans = plan(read.scenario, read.loaded->inventory, *read.gpu, gpus);
      writer.member("tried", plans.tried);
      writer.member("fitting", plans.fitting);
      writer.begin_array("plans");
      for (std::size_t i = 0; i < std::min(plans.front.size(), static_cast<std::size_t>(limit)); ++i) {
        const Plan& row = plans.front[i];
        writer.begin_object();
        writer.member("gpus", row.changed.hardware.gpus);
        writer.member("total_bytes", row.after.total.value);
        writer.member("usable_bytes", row.after.usable.value);
        writer.member("tokens_per_second", row.after.tokens_per_second);
        if (row.usd_per_million_tokens > 0) writer.member("usd_per_million_tokens", row.usd_per_million_tokens);
        writer.key("changes");
        writer.raw(patch_text(read.scenario, row.changed));
        writer.end_object();
      }
      writer.end_array();
    }
  });
}

}  // namespace vram
