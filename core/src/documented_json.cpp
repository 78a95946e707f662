// The documented formulas for a scenario, and one sentence on why the engine's number is another.
// SPDX-License-Identifier: MIT
#include "documented_json.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "explain.h"
#include "request.h"
#include "vram/json.h"
#include "vram/units.h"

namespace vram {

using nlohmann::json;

namespace {

constexpr double kGib = 1073741824.0;

struct Row {
  std::string_view id;
  TermId term;
};
/// Where a published row belongs; rows that are not listed are activations.
constexpr auto kRows = std::to_array<Row>({
    {"model_weights", TermId::weights},      {"embedding", TermId::weights},         {"attention_layers", TermId::weights},
    {"ffn_layers", TermId::weights},         {"position_encoding", TermId::weights}, {"vision_encoder", TermId::weights},
    {"text_encoder", TermId::weights},       {"fusion_layer", TermId::weights},      {"router", TermId::weights},
    {"active_experts", TermId::weights},     {"conv_layers", TermId::weights},       {"fc_layers", TermId::weights},
    {"batch_normalization", TermId::weights}, {"lora_params", TermId::adapter_weights}, {"optimizer_states", TermId::optimizer_states},
    {"gradients", TermId::gradients},        {"kv_cache", TermId::kv_cache},         {"other_overhead", TermId::framework_overhead},
});

TermId term_of(std::string_view id) {
  const auto row = std::find_if(kRows.begin(), kRows.end(), [id](const Row& r) { return r.id == id; });
  return row == kRows.end() ? TermId::activations : row->term;
}

Share share_of(TermId term) {
  switch (term) {
    case TermId::weights:
    case TermId::adapter_weights: return Share::weights;
    case TermId::optimizer_states:
    case TermId::master_weights: return Share::optimizer;
    case TermId::gradients: return Share::gradients;
    case TermId::activations:
    case TermId::logits: return Share::activations;
    case TermId::kv_cache: return Share::kv_cache;
    case TermId::communication_buffers:
    case TermId::engine_buffers:
    case TermId::framework_overhead:
    case TermId::fragmentation:
    case TermId::count: break;
  }
  return Share::other;
}

double& at(ShareBytes& bytes, Share share) { return bytes[static_cast<std::size_t>(share)]; }

/// Why a part differs: the first row that fits the formula ("" = any) and the part.
struct Reason {
  std::string_view formula;
  Share share;
  std::string_view code;
};
constexpr auto kReasons = std::to_array<Reason>({
    {"advanced_moe", Share::weights, "documented_experts"},
    {"advanced_moe", Share::optimizer, "documented_experts"},
    {"advanced_moe", Share::gradients, "documented_experts"},
    {"advanced_moe", Share::activations, "documented_routing_only"},
    {"advanced_nlp", Share::optimizer, "documented_accumulation"},
    {"advanced_nlp", Share::gradients, "documented_accumulation"},
    {"advanced_nlp", Share::activations, "documented_scores"},
    {"advanced_nlp", Share::kv_cache, "documented_cache_in_training"},
    {"advanced_multimodal", Share::weights, "documented_towers"},
    {"advanced_multimodal", Share::optimizer, "documented_towers"},
    {"advanced_multimodal", Share::gradients, "documented_towers"},
    {"advanced_multimodal", Share::activations, "documented_hidden_states"},
    {"multimodal", Share::activations, "documented_hidden_states"},
    {"advanced_cnn", Share::activations, "documented_feature_maps"},
    {"grpo", Share::weights, "documented_policy_eighth"},
    {"grpo", Share::activations, "documented_group"},
    {"training", Share::activations, "documented_fixed_shape"},
    {"finetuning", Share::activations, "documented_fixed_shape"},
    {"finetuning", Share::optimizer, "documented_adapter_share"},
    {"finetuning", Share::gradients, "documented_adapter_share"},
    {"", Share::weights, "documented_weights"},
    {"", Share::optimizer, "documented_states"},
    {"", Share::gradients, "documented_gradients"},
    {"", Share::activations, "documented_activations"},
    {"", Share::kv_cache, "documented_kv_heads"},
    {"", Share::other, "documented_reserve"},
});

std::string gib(double bytes) { return brief(std::round(bytes / kGib * 100) / 100) + " GiB"; }

bool has_stack(const Inventory& inventory, StackKind kind) {
  return std::any_of(inventory.stacks.begin(), inventory.stacks.end(), [kind](const Stack& stack) { return stack.kind == kind; });
}

/// The precision the formulas would be given: the one that products run in.
std::string_view precision_of(const Scenario& scenario) {
  if (scenario.task == Task::inference) return name_of(scenario.inference.weight_dtype);
  const MixedPrecision mixed = scenario.training.mixed_precision;
  return mixed == MixedPrecision::none ? name_of(scenario.training.weight_dtype) : name_of_enum(mixed);
}

std::string_view packing_of(double bits) {
  if (bits >= 15) return "None";
  return bits > 6.5 ? "INT8" : "INT4";
}
std::string_view packing_of(const Quantization& packing) {
  if (packing.kind == Quantization::Kind::none) return "None";
  if (packing.kind == Quantization::Kind::mixture) {
    for (const char c : name_of(packing)) {  // Q8_0, IQ4_XS, F16: the first digit is the width
      if (c >= '1' && c <= '9') return c == '1' && name_of(packing).ends_with("16") ? "None" : packing_of(static_cast<double>(c - '0'));
    }
    return "None";
  }
  if (packing.format == WeightFormatId::fp8_tensor || packing.format == WeightFormatId::fp8_channel || packing.format == WeightFormatId::fp8_block) return "FP8";
  return packing_of(format_of(packing.format).bits_per_weight());
}

std::string_view optimizer_of(Optimizer optimizer) { return optimizer == Optimizer::sgd || optimizer == Optimizer::sgd_momentum ? "SGD" : "AdamW"; }

bool eight_bit(Optimizer optimizer) { return optimizer == Optimizer::adamw_8bit || optimizer == Optimizer::paged_adamw_8bit || optimizer == Optimizer::lion_8bit; }

double real(std::int64_t value) { return static_cast<double>(value); }

documented::Model model_of(const LoadedModel& loaded) { return {real(loaded.counts.total), real(loaded.inventory.hidden_size), real(loaded.inventory.num_layers)}; }

DocumentedAnswer multimodal(const Scenario& s, const LoadedModel& loaded) {
  documented::Multimodal run{.model = model_of(loaded), .precision = precision_of(s)};
  const bool serves = s.task == Task::inference;
  const bool whole = s.task == Task::pretraining || s.training.method == Method::full;
  run.mode = serves ? "inference" : whole ? "training" : "finetuning";
  run.batch = real(serves ? s.inference.batch_size : s.training.micro_batch_size);
  run.sequence = real(serves ? s.inference.context_length : s.training.sequence_length);
  run.images = real(serves ? s.inference.images : s.training.images);
  run.image = run.images > 0;
  run.frames_per_second = real(serves ? s.inference.frames : s.training.frames);
  run.video_seconds = 1;
  run.video = run.frames_per_second > 0;
  const std::int64_t size = serves ? s.inference.image_size : s.training.image_size;
  if (size > 0) run.resolution = real(size);
  else if (loaded.model.vision.image_size > 0) run.resolution = real(loaded.model.vision.image_size);
  if (loaded.model.vision.patch_size > 0) run.patch = real(loaded.model.vision.patch_size);
  return {"multimodal", documented::estimate(run)};
}

}  // namespace

DocumentedAnswer documented_answer(const Scenario& s, const LoadedModel& loaded) {
  const TrainingRun& t = s.training;
  const std::string_view precision = precision_of(s);
  if (has_stack(loaded.inventory, StackKind::cnn)) {
    if (s.task == Task::inference) return {};
    const double size = t.image_size > 0 ? real(t.image_size) : real(loaded.model.image_size);
    return {"advanced_cnn", documented::estimate(documented::AdvancedCnn{real(loaded.counts.total) / 1e9, precision, real(t.micro_batch_size), size})};
  }
  if (has_stack(loaded.inventory, StackKind::vision)) return multimodal(s, loaded);
  if (s.task == Task::inference) {
    const InferenceRun& i = s.inference;
    return {"inference", documented::estimate(documented::Inference{model_of(loaded), precision, packing_of(i.quantization), real(i.batch_size), real(i.context_length)})};
  }
  if (t.stage == TrainingStage::grpo) {
    return {"grpo", documented::estimate(documented::Grpo{model_of(loaded), precision, real(t.micro_batch_size), real(t.sequence_length), real(t.group_size),
                                                          eight_bit(t.optimizer), t.activation_checkpointing != Checkpointing::none})};
  }
  if (t.stage != TrainingStage::sft && t.stage != TrainingStage::pretraining) return {};
  if (loaded.inventory.num_experts > 0) {
    return {"advanced_moe", documented::estimate(documented::AdvancedMoe{real(loaded.counts.total) / 1e9, precision, real(t.micro_batch_size), real(t.sequence_length),
                                                                         real(loaded.inventory.num_experts), real(loaded.inventory.experts_per_token)})};
  }
  if (s.task == Task::pretraining) {
    return {"training", documented::estimate(documented::Training{real(loaded.counts.total), precision, optimizer_of(t.optimizer), real(t.micro_batch_size), real(t.sequence_length),
                                                                  t.activation_checkpointing != Checkpointing::none})};
  }
  const bool known = t.method == Method::full || t.method == Method::lora || t.method == Method::qlora || t.method == Method::prefix;
  if (!known) return {};
  const auto format = weight_format_by_name(t.quantization);
  const std::string_view packing = t.method == Method::qlora && format.has_value() ? packing_of(format_of(*format).bits_per_weight()) : "None";
  return {"finetuning", documented::estimate(documented::FineTuning{model_of(loaded), name_of_enum(t.method), precision, packing, real(t.lora_rank)})};
}

ShareBytes shares_of(const documented::Estimate& estimate) {
  ShareBytes bytes{};
  for (const documented::Term& row : estimate.terms) at(bytes, share_of(term_of(row.id))) += row.bytes;
  return bytes;
}

ShareBytes shares_of(const TermBytes& terms) {
  ShareBytes bytes{};
  for (std::size_t i = 0; i < kTermCount; ++i) at(bytes, share_of(static_cast<TermId>(i))) += terms.bytes[i];
  return bytes;
}

std::string why_it_differs(std::string_view formula, const ShareBytes& documented, const ShareBytes& ours, Language language) {
  std::size_t most = 0;
  for (std::size_t i = 1; i < ours.size(); ++i) {
    if (std::fabs(documented[i] - ours[i]) > std::fabs(documented[most] - ours[most])) most = i;
  }
  for (const Reason& reason : kReasons) {
    if ((reason.formula.empty() || reason.formula == formula) && reason.share == static_cast<Share>(most)) {
      return message_text(reason.code, language, formula, gib(documented[most]), gib(ours[most]), documented_messages());
    }
  }
  return {};
}

void write_documented(JsonWriter& writer, const DocumentedAnswer& answer, const TermBytes* ours, Language language) {
  writer.begin_object("documented");
  writer.member("formula", answer.formula);
  writer.member("total_bytes", answer.estimate.total_bytes());
  writer.begin_array("rows");
  for (const documented::Term& row : answer.estimate.terms) {
    writer.begin_object();
    writer.member("id", row.id);
    writer.member("bytes", row.bytes);
    writer.end_object();
  }
  writer.end_array();
  if (ours != nullptr) writer.member("why", why_it_differs(answer.formula, shares_of(answer.estimate), shares_of(*ours), language));
  writer.end_object();
}

void write_documented_memory(JsonWriter& writer, const DocumentedAnswer& answer, double capacity) {
  TermBytes terms;
  for (const documented::Term& row : answer.estimate.terms) terms[term_of(row.id)] += row.bytes;
  writer.begin_object("memory");
  const Bytes total = terms.total();
  writer.member("total_bytes", total.value);
  if (capacity > 0) {
    const Bytes usable = whole_bytes(capacity);
    writer.member("usable_bytes", usable.value);
    writer.member("fits", total <= usable);
  }
  writer.begin_array("terms");
  for (std::size_t i = 0; i < kTermCount; ++i) {
    const Bytes bytes = whole_bytes(terms.bytes[i]);
    if (bytes.value == 0) continue;
    std::string formula;
    for (const documented::Term& row : answer.estimate.terms) {
      if (term_of(row.id) == static_cast<TermId>(i) && row.bytes > 0) formula += (formula.empty() ? "" : " + ") + std::string(row.id) + ' ' + gib(row.bytes);
    }
    writer.begin_object();
    writer.member("id", name_of(static_cast<TermId>(i)));
    writer.member("bytes", bytes.value);
    writer.member("formula", formula);
    writer.member("source", "documented formulas, as published");
    writer.member("grade", "E");
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
}

std::string documented_json(std::string_view text) {
  std::string out;
  JsonWriter writer(out);
  Issues issues;
  writer.begin_object();
  const json request = parse_request(text, issues);
  if (!has_errors(issues)) {
    const DocumentedAnswer answer = documented_by_inputs(request, issues);
    if (!has_errors(issues)) write_documented(writer, answer, nullptr, Language::en);
  }
  write_issues(writer, issues);
  writer.end_object();
  return out;
}

}  // namespace vram
