// The documented formulas beside the engine: which of them a scenario asks for, and why their number differs.
// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "json_writer.h"
#include "model_request.h"
#include "vram/documented_formulas.h"
#include "vram/estimate.h"
#include "vram/messages.h"
#include "vram/workload.h"

namespace vram {

struct DocumentedAnswer {
  std::string_view formula;  ///< "" = no documented formula covers the run
  documented::Estimate estimate;
};

/// The formula that covers a scenario, with the scenario's numbers. GRPO, MoE, CNN and multimodal runs have their own.
[[nodiscard]] DocumentedAnswer documented_answer(const Scenario& scenario, const LoadedModel& loaded);

/// One of the formulas by name, with the inputs as they were published (`modelSize`, `batchSize`, ...).
[[nodiscard]] DocumentedAnswer documented_by_inputs(const nlohmann::json& request, Issues& issues);

/// The parts both methods have, in the order of the published breakdown.
enum class Share : unsigned char { weights, optimizer, gradients, activations, kv_cache, other, count };
using ShareBytes = std::array<double, static_cast<std::size_t>(Share::count)>;
[[nodiscard]] ShareBytes shares_of(const documented::Estimate& estimate);
[[nodiscard]] ShareBytes shares_of(const TermBytes& terms);

/// One sentence about the part in which the two differ most.
[[nodiscard]] std::string why_it_differs(std::string_view formula, const ShareBytes& documented, const ShareBytes& ours, Language language);

/// The member "documented": formula, total, published rows; `ours` adds the sentence on why it differs.
void write_documented(JsonWriter& writer, const DocumentedAnswer& answer, const TermBytes* ours, Language language);

/// The member "memory" of the documented method: rows gathered under the engine's term ids, no band, no timeline.
void write_documented_memory(JsonWriter& writer, const DocumentedAnswer& answer, double capacity);

}  // namespace vram
