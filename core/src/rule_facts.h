// What the rules ask of a run, and how they note what they found.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "validation_rules.h"
#include "vram/catalog.h"

namespace vram::rule {

// What kind of run it is

inline bool inference(const RuleInput& in) { return in.scenario.task == Task::inference; }
inline bool gguf_engine(const RuleInput& in) {
  return in.scenario.inference.engine == Engine::llama_cpp || in.scenario.inference.engine == Engine::ollama;
}
inline bool has_stack(const Inventory& inventory, StackKind kind) {
  for (const Stack& stack : inventory.stacks) {
    if (stack.kind == kind) return true;
  }
  return false;
}
inline bool is_cnn(const RuleInput& in) { return has_stack(in.inventory, StackKind::cnn); }
inline bool trains_adapters(const RuleInput& in) {
  const Method m = in.scenario.training.method;
  return !inference(in) && (m == Method::lora || m == Method::qlora || m == Method::adalora || m == Method::dora);
}
inline bool trains_fully(const RuleInput& in) { return !inference(in) && in.scenario.training.method == Method::full; }
inline Dtype weight_dtype(const RuleInput& in) { return inference(in) ? in.scenario.inference.weight_dtype : in.scenario.training.weight_dtype; }
inline std::string_view weight_field(const RuleInput& in) { return inference(in) ? "inference.weight_dtype" : "training.weight_dtype"; }

// What was found

inline bool found(Finding& f, std::string_view field, double value, double allowed, std::string_view allowed_text = {}) {
  f.field = field;
  f.value = value;
  f.allowed = allowed;
  f.allowed_text = allowed_text;
  return true;
}
inline bool found(Finding& f, std::string_view field, std::int64_t value, std::int64_t allowed = 0, std::string_view allowed_text = {}) {
  return found(f, field, static_cast<double>(value), static_cast<double>(allowed), allowed_text);
}
inline bool found_text(Finding& f, std::string_view field, std::string_view value, std::string_view allowed_text = {}) {
  f.unit = Finding::Unit::text;
  f.value_text = value;
  return found(f, field, 0.0, 0.0, allowed_text);
}
inline bool found_share(Finding& f, std::string_view field, double share) {
  f.unit = Finding::Unit::percent;
  return found(f, field, share, 0.0);
}

inline bool found_bytes(Finding& f, std::string_view field, double bytes) {
  f.unit = Finding::Unit::bytes;
  return found(f, field, bytes, 0.0);
}
/// Bytes that nobody asked for are worth a sentence from a hundredth of the total on.
inline bool found_cost(const RuleInput& in, Finding& f, std::string_view field, double bytes) {
  return bytes > 0.01 * static_cast<double>(in.estimate->total().value) && found_bytes(f, field, bytes);
}

// What the model has and what the run takes

/// Whether some layer keeps keys and values of every token, which a prefix can precede.
inline bool caches_keys(const Inventory& inventory) {
  for (const Block& block : inventory.blocks) {
    if (block.cache.kind == CacheKind::growing || block.cache.kind == CacheKind::windowed) return true;
  }
  return false;
}
inline bool computes_narrow(const TrainingRun& t) { return t.mixed_precision != MixedPrecision::none || bytes_of(t.weight_dtype) < 4; }

inline double share_of_peak(const RuleInput& in, TermId term) {
  const Moment& peak = in.estimate->at_peak();
  const double total = static_cast<double>(peak.terms.total().value);
  return total > 0 ? peak.terms[term] / total : 0;
}

/// The largest share of a term at any moment, not only at the peak.
inline double share_anywhere(const RuleInput& in, TermId term) {
  double most = 0;
  for (const Moment& moment : in.estimate->timeline) most = std::max(most, moment.terms[term]);
  const double total = static_cast<double>(in.estimate->total().value);
  return total > 0 ? most / total : 0;
}

/// What the run needs, as a share of what it may have; 0 when no card is known.
inline double use_of_card(const RuleInput& in) {
  const Bytes usable = whole_bytes(capacity_of(in.scenario.hardware, in.gpu));
  const Bytes limit = in.estimate->limit(usable);
  return usable.value > 0 && limit.value > 0 ? static_cast<double>(in.estimate->needed().value) / static_cast<double>(limit.value) : 0.0;
}

/// Roles whose matrices the model has.
inline Features adaptable_roles(const Inventory& inventory) {
  Features roles = 0;
  for (const Weight& weight : inventory.weights) {
    if (weight.in > 1) roles |= adapts(weight.role);
  }
  return roles;
}

inline std::int64_t image_size(const RuleInput& in) { return inference(in) ? in.scenario.inference.image_size : in.scenario.training.image_size; }
inline std::string_view image_field(const RuleInput& in) { return inference(in) ? "inference.image_size" : "training.image_size"; }
inline bool sees_and_writes(const RuleInput& in) { return has_stack(in.inventory, StackKind::decoder) && (in.inventory.fixed_patches > 0 || in.inventory.image_tokens > 0); }

/// The card with the lowest rent among those that have room for the run, or null.
inline const GpuSpec* cheapest_with_room(double bytes, const GpuSpec& now, double own_rent, bool bf16, bool fp8) {
  constexpr double kNearLimit = 0.85;
  const GpuSpec* best = nullptr;
  for (const GpuSpec& gpu : catalog_gpus()) {
    const double rent = gpu.prices.cloud_usd_per_hour;
    const bool known = gpu.availability == Availability::released && gpu.vendor == now.vendor && rent > 0;
    const bool able = (!bf16 || gpu.supports_bf16) && (!fp8 || gpu.supports_fp8);
    if (!known || !able || bytes > kNearLimit * static_cast<double>(gpu.usable_bytes)) continue;
    if (rent < (best != nullptr ? best->prices.cloud_usd_per_hour : own_rent > 0 ? own_rent : now.prices.cloud_usd_per_hour)) best = &gpu;
  }
  return best;
}

inline constexpr std::string_view kTensor = "parallelism.tensor_parallel_size";
inline constexpr std::string_view kLearningRate = "training.learning_rate";

inline bool learning_rate_outside(const RuleInput& in, Finding& f, bool concerned, bool low, double limit, std::string_view usual) {
  const double rate = in.scenario.training.learning_rate;
  return concerned && (low ? rate < limit : rate > limit) && found(f, kLearningRate, rate, limit, usual);
}
inline bool tunes_transformer_fully(const RuleInput& in) { return trains_fully(in) && in.scenario.task == Task::finetuning && !is_cnn(in); }

}  // namespace vram::rule
