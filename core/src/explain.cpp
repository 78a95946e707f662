// Formula texts.
// SPDX-License-Identifier: MIT
#include "explain.h"

#include <cmath>
#include <initializer_list>

#include "optimizer_states.h"
#include "vram/profile.h"

namespace vram {

namespace {

std::string mib(double bytes) { return brief(std::round(bytes / kBytesPerMib * 10.0) / 10.0) + " MiB"; }
std::string gib(double bytes) { return brief(std::round(bytes / kBytesPerGib * 100.0) / 100.0) + " GiB"; }

/// Texts in a language, with the places "{}" filled one after the other.
class Words {
 public:
  explicit Words(Language language) : language_(language) {}

  [[nodiscard]] std::string_view operator()(std::string_view english) const { return language_ == Language::en ? english : formula_text_zh(english); }

  [[nodiscard]] std::string operator()(std::string_view english, std::initializer_list<std::string> values) const {
    std::string_view text = (*this)(english);
    std::string out;
    out.reserve(text.size() + 16 * values.size());
    for (const std::string& value : values) {
      const std::size_t place = text.find("{}");
      out += text.substr(0, place);
      out += value;
      text.remove_prefix(place + 2);
    }
    return out += text;
  }

 private:
  Language language_;
};

std::string divided(std::string text, double ways, std::string_view by) {
  if (ways > 1) text += " / " + brief(ways) + " (" + std::string(by) + ")";
  return text;
}

Explanation explain_weights(const Words& words, const Scenario& scenario, const Run& run, const Counted& counted, double weights) {
  Explanation e;
  const bool frozen = run.training && !run.train_base;
  if (run.gguf) {
    e.formula = words("{} × {} bit on the device ({})",
                      {grouped(counted.parameters), brief(counted.parameters > 0 ? weights * 8.0 / counted.parameters : 0), std::string(name_of(run.mixture))});
    e.source = words("the type that llama.cpp gives each tensor; token embedding with the host");
  } else if (run.packed) {
    const double plain = counted.parameters - counted.quantised_parameters;
    e.formula = words("{} × {} bit ({}) + {} × {} B kept", {grouped(counted.quantised_parameters), brief(format_of(run.format).bits_per_weight()),
                                                            std::string(name_of(run.format)), grouped(plain), brief(run.weight_bytes)});
    e.source = words("format arithmetic: block scales and zero points included");
  } else {
    const Dtype dtype = run.training ? scenario.training.weight_dtype : scenario.inference.weight_dtype;
    e.formula = words(frozen ? "{} × {} B ({}, frozen)" : "{} × {} B ({})", {grouped(counted.parameters), brief(run.weight_bytes), std::string(name_of(dtype))});
    e.source = words("count of every weight matrix of the model");
  }
  if (run.training && run.zero_stage >= 3) e.formula = divided(e.formula, run.data * run.context, "ZeRO-3");
  if (counted.frozen_bytes > 0) e.formula += words(" + frozen models {}", {gib(counted.frozen_bytes)});
  if (run.rollout.has_value() && run.rollout->own_weights) e.formula += words(" + weights of the roll-out engine");
  e.grade = Grade::A;
  return e;
}

Explanation explain_activations(const Words& words, const Run& run, const Counted& counted) {
  Explanation e;
  const std::string tokens = grouped(run.tokens[0]);
  if (!run.training) {
    e.formula = words("one layer of a forward pass over {} tokens", {tokens});
    e.source = words("largest set of tensors alive at once");
    e.grade = Grade::C;
    return e;
  }
  if (counted.checkpoint_layers > 0) {
    e.formula = words("{} layer inputs + one recomputed layer {} + its gradients {}", {grouped(counted.checkpoint_layers), mib(counted.recomputed_layer), mib(counted.transient)});
  } else {
    e.formula = words("{} tokens × {} B kept + {} passing", {tokens, grouped(counted.saved_per_token), mib(counted.transient)});
  }
  e.source = words("tensors autograd keeps, operation by operation");
  e.grade = Grade::C;
  return e;
}

}  // namespace

std::string grouped(double value) {
  const bool negative = value < 0;
  std::int64_t rest = static_cast<std::int64_t>(std::fabs(std::round(std::fmin(std::fabs(value), kLargestExact))));
  std::string digits = std::to_string(rest);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += "\u202f";
    out += digits[i];
  }
  if (negative) out.insert(out.begin(), '-');
  return out;
}

std::string brief(double value) {
  const std::int64_t thousandths = static_cast<std::int64_t>(std::round(value * 1000.0));
  std::string out = std::to_string(thousandths / 1000);
  std::int64_t rest = thousandths % 1000;
  if (rest < 0) rest = -rest;
  if (rest == 0) return out;
  std::string decimals = std::to_string(rest + 1000).substr(1);
  while (decimals.back() == '0') decimals.pop_back();
  return out + "." + decimals;
}

Explanation explain(TermId term, const Scenario& scenario, const Run& run, const MemoryEstimate& estimate, Language language) {
  const Words words(language);
  const Counted& counted = estimate.counted;
  const TermBytes& bytes = estimate.at_peak().terms;
  Explanation e;
  switch (term) {
    case TermId::weights: return explain_weights(words, scenario, run, counted, bytes[term]);
    case TermId::activations: return explain_activations(words, run, counted);
    case TermId::adapter_weights:
      e.formula = words(run.prefix_tokens > 0 ? "{} × {} B ({} virtual tokens)" : "{} × {} B (rank {})",
                        {grouped(counted.adapters), brief(run.gradient_bytes), brief(run.prefix_tokens > 0 ? run.prefix_tokens : run.adapter_rank)});
      e.source = words("rank × (inputs + outputs) of every adapted matrix");
      e.grade = Grade::A;
      return e;
    case TermId::gradients:
      e.formula = grouped(counted.trainable) + " × " + brief(run.gradient_bytes) + " B";
      if (run.zero_stage >= 2) e.formula = divided(e.formula, run.data * run.context, "ZeRO");
      e.source = words("one gradient for every trained weight that exists at the peak");
      e.grade = Grade::A;
      return e;
    case TermId::optimizer_states:
      e.formula = grouped(counted.trainable) + " × " + brief(run.state_bytes) + " B (" + std::string(name_of_enum(scenario.training.optimizer)) + ")";
      if (run.zero_stage >= 1) e.formula = divided(e.formula, run.data * run.context, "ZeRO");
      e.source = words("state tensors of the optimizer");
      e.grade = Grade::A;
      return e;
    case TermId::master_weights:
      e.formula = words("{} × {} B (fp32 copy)", {grouped(counted.trainable), brief(run.master_bytes)});
      if (run.zero_stage >= 1) e.formula = divided(e.formula, run.data * run.context, "ZeRO");
      e.source = words("mixed-precision optimizers keep an fp32 copy of 16-bit weights");
      e.grade = Grade::A;
      return e;
    case TermId::logits:
      e.formula = grouped(counted.logit_count) + " logits × " + brief(counted.logit_count > 0 ? bytes[term] / counted.logit_count : 0) + " B";
      e.source = words("logits, their fp32 copy and gradient; arXiv 2411.09009");
      e.grade = Grade::B;
      return e;
    case TermId::kv_cache:
      if (run.training) {
        e.formula = words("cache of {} replies {}", {grouped(counted.rollout_replies), gib(counted.rollout_cache)});
        if (counted.rollout_pool >= 0) e.formula = words("pool of the roll-out engine {}; ", {gib(bytes[term])}) + e.formula;
        e.source = words("inference engine's share of the card, or the cache of generate()");
        e.grade = Grade::C;
        return e;
      }
      e.formula = words("{} tokens × {} × {} B", {grouped(counted.kv_tokens), grouped(counted.kv_elements_per_token), brief(run.kv_bytes)});
      e.source = words("keys and values of every layer that caches");
      e.grade = Grade::A;
      return e;
    case TermId::communication_buffers:
      e.formula = words("gathered layers and communicators {}", {mib(bytes[term])});
      e.source = words("two gathered units (ZeRO-3) and about 400 MiB of NCCL buffers");
      e.grade = Grade::E;
      return e;
    case TermId::engine_buffers:
      e.formula = words("engine buffers {}", {mib(bytes[term])});
      e.source = words("engine profile");
      e.grade = Grade::D;
      return e;
    case TermId::framework_overhead:
      e.formula = words("context and libraries {} + matmul workspace {}", {mib(run.context_bytes), mib(run.workspace_bytes)});
      e.source = words("typical CUDA context; cuBLAS workspace of PyTorch");
      e.grade = Grade::E;
      return e;
    case TermId::fragmentation:
      e.formula = words("{} % of {} that a step allocates", {brief(run.fragmentation * 100.0), gib(run.fragmentation > 0 ? bytes[term] / run.fragmentation : 0)});
      e.source = words("reserved over allocated memory in 43 B200 runs");
      e.grade = Grade::C;
      return e;
    case TermId::count: break;
  }
  return e;
}

}  // namespace vram
