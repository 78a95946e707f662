// The text edge of the estimate: request text to result text.
// SPDX-License-Identifier: MIT
#include "vram/json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "advice_json.h"
#include "confidence.h"
#include "cost_json.h"
#include "documented_json.h"
#include "explain.h"
#include "json_writer.h"
#include "recommend_json.h"
#include "request.h"
#include "scenario_json.h"
#include "serving_advice.h"
#include "speed_json.h"
#include "validate.h"

namespace vram {

using nlohmann::json;

namespace {

void write_model(JsonWriter& writer, const LoadedModel& loaded, const MemoryEstimate* estimate) {
  writer.begin_object("model");
  writer.member("name", loaded.model.name);
  writer.member("parameters", loaded.counts.total);
  writer.member("active_parameters", loaded.counts.active);
  if (estimate != nullptr) writer.member("trainable_parameters", estimate->counted.trainable);
  writer.member("num_hidden_layers", loaded.inventory.num_layers);
  writer.member("hidden_size", loaded.inventory.hidden_size);
  writer.member("num_attention_heads", loaded.model.attention.heads);
  writer.member("num_key_value_heads", loaded.model.attention.kv_heads);
  writer.member("vocab_size", loaded.inventory.vocab_size);
  writer.member("max_position_embeddings", loaded.inventory.max_length);
  writer.end_object();
}

void write_terms(JsonWriter& writer, const Scenario& scenario, const Run& run, const MemoryEstimate& estimate, Language language) {
  writer.begin_array("terms");
  for (std::size_t i = 0; i < kTermCount; ++i) {
    const TermId term = static_cast<TermId>(i);
    const Bytes bytes = whole_bytes(estimate.at_peak().terms[term]);
    if (bytes.value == 0) continue;
    const Explanation explanation = explain(term, scenario, run, estimate, language);
    const char grade = static_cast<char>(explanation.grade);
    writer.begin_object();
    writer.member("id", name_of(term));
    writer.member("bytes", bytes.value);
    writer.member("formula", explanation.formula);
    writer.member("source", explanation.source);
    writer.member("grade", std::string_view(&grade, 1));
    writer.end_object();
  }
  writer.end_array();
}

void write_timeline(JsonWriter& writer, const MemoryEstimate& estimate) {
  writer.begin_array("timeline");
  for (const Moment& moment : estimate.timeline) {
    writer.begin_object();
    writer.member("phase", name_of(moment.phase));
    writer.member("at", moment.at);
    writer.begin_object("terms");
    for (std::size_t i = 0; i < kTermCount; ++i) {
      const Bytes bytes = whole_bytes(moment.terms.bytes[i]);
      if (bytes.value > 0) writer.member(name_of(static_cast<TermId>(i)), bytes.value);
    }
    writer.end_object();
    writer.end_object();
  }
  writer.end_array();
}

/// Every pipeline stage of a training run: its own peak, and what stays between steps.
void write_stages(JsonWriter& writer, const Run& run) {
  writer.begin_array("stages");
  for (std::int64_t s = 0; s < static_cast<std::int64_t>(run.pipeline); ++s) {
    const MemoryEstimate stage = model_cache().stage(run, s);
    double resident = 0;
    for (const auto& [phase, at, terms] : stage.timeline) {
      if (phase == Phase::forward) {
        resident = std::max(resident, terms[TermId::weights] + terms[TermId::adapter_weights] + terms[TermId::gradients] +
                                          terms[TermId::optimizer_states] + terms[TermId::master_weights]);
      }
    }
    writer.begin_object();
    writer.member("stage", s);
    writer.member("total_bytes", stage.total().value);
    writer.member("allocated_bytes", stage.allocated().value);
    writer.member("resident_bytes", whole_bytes(resident).value);
    writer.end_object();
  }
  writer.end_array();
}

void write_serving(JsonWriter& writer, const ServingFigures& figures, const MemoryEstimate& estimate) {
  const auto bytes = [&](std::string_view name, double value) { writer.member(name, whole_bytes(value).value); };
  double peak = 0;
  for (std::size_t m = 1; m < estimate.timeline.size(); ++m) {
    const TermBytes& terms = estimate.timeline[m].terms;
    peak = std::max(peak, terms[TermId::activations] + terms[TermId::logits]);
  }
  writer.begin_object("inference");
  writer.member("kv_bytes_per_token", figures.bytes_per_token);
  bytes("kv_request_bytes", figures.request_bytes);
  bytes("activation_peak_bytes", peak);
  bytes("load_peak_bytes", figures.load_peak_bytes);
  bytes("host_bytes", figures.host_bytes);
  if (figures.limited) {
    bytes("kv_pool_bytes", figures.pool_bytes);
    writer.member("kv_pool_tokens", std::fmin(figures.pool_tokens, kLargestExact));
    writer.member("max_concurrency", figures.max_concurrency);
    writer.member("max_context_length", figures.max_context_length);
  }
  writer.end_object();
}

void write_memory(JsonWriter& writer, const Scenario& scenario, const Run& run, const MemoryEstimate& estimate, const GpuSpec* gpu, Language language) {
  const Band band = band_of(scenario, estimate);
  writer.begin_object("memory");
  writer.member("total_bytes", band.expected.value);
  writer.member("low_bytes", band.low.value);
  writer.member("high_bytes", band.high.value);
  writer.member("needed_bytes", estimate.needed().value);
  if (const double capacity = capacity_of(scenario.hardware, gpu); capacity > 0) {
    const Bytes usable = whole_bytes(capacity);
    const Bytes limit = estimate.total_limit(usable);
    writer.member("usable_bytes", usable.value);
    writer.member("fits", band.expected <= limit);
    writer.member("fit_probability", fit_probability(band, limit));
  }
  writer.begin_object("evidence");
  writer.member("of", band.evidence.of);
  writer.member("own", band.evidence.own);
  writer.member("values", static_cast<std::int64_t>(band.evidence.values));
  writer.member("median", band.evidence.median);
  writer.member("p90", band.evidence.p90);
  writer.end_object();
  writer.member("allocated_bytes", estimate.allocated().value);
  writer.member("reserved_bytes", estimate.reserved().value);
  if (run.training && estimate.host_bytes > 0) writer.member("host_bytes", whole_bytes(estimate.host_bytes).value);
  if (run.training) writer.member("saved_bytes", whole_bytes(estimate.counted.saved_bytes).value);
  writer.member("peak_phase", name_of(estimate.at_peak().phase));
  writer.member("worst_rank", estimate.worst_rank);
  write_terms(writer, scenario, run, estimate, language);
  write_timeline(writer, estimate);
  if (run.training && run.pipeline > 1) write_stages(writer, run);
  if (!run.training) write_serving(writer, model_cache().serving(run, estimate), estimate);
  writer.end_object();
}

/// Parts of an answer that a program may do without: whoever names none of these functions links nothing of what they compute.
struct MoreParts {
  void (*included)(JsonWriter& writer, const json& include, const ReadScenario& read, Issues& issues);
  void (*documented)(JsonWriter& writer, const ReadScenario& read, Issues& issues);                  ///< in place of the engine's memory
  void (*beside)(JsonWriter& writer, const ReadScenario& read, const MemoryEstimate& estimate);  ///< the same formulas beside it
};

/// The members that the scenario asks for by "include": they cost more than the rest together.
void write_included(JsonWriter& writer, const json& include, const ReadScenario& read, Issues& issues) {
  if (!include.is_array()) {
    issues.push_back(error("wrong_type", "include", excerpt(include), "include must be a list of names, not " + excerpt(include) + "."));
    return;
  }
  for (const json& name : include) {
    if (name == "suggestions") {
      const Advice advice = advise(read.scenario, read.loaded->inventory, read.gpu);
      write_suggestions(writer, read.scenario, advice, read.language);
      write_smallest_set(writer, read.scenario, advice.smallest);
    } else if (name == "recommendations") {
      write_recommendations(writer, read.scenario, recommend(read.scenario, read.loaded->inventory, 64), 10);
    } else {
      issues.push_back(error("unknown_name", "include", excerpt(name), "include names " + excerpt(name) + "; known are suggestions and recommendations."));
    }
  }
}

void write_documented_memory(JsonWriter& writer, const ReadScenario& read, Issues& issues) {
  const LoadedModel& loaded = *read.loaded;
  const DocumentedAnswer answer = documented_answer(read.scenario, loaded);
  write_model(writer, loaded, nullptr);
  if (answer.formula.empty()) {
    issues.push_back(error("no_documented_formula", "method", "\"documented\"", "No documented formula covers this run; the engine does."));
  } else {
    write_documented_memory(writer, answer, capacity_of(read.scenario.hardware, read.gpu));
    const TermBytes ours = model_cache().evaluate(resolve(read.scenario, loaded.inventory, read.gpu)).at_peak().terms;
    write_documented(writer, answer, &ours, read.language);
  }
}

void write_documented_beside(JsonWriter& writer, const ReadScenario& read, const MemoryEstimate& estimate) {
  const DocumentedAnswer answer = documented_answer(read.scenario, *read.loaded);
  if (!answer.formula.empty()) write_documented(writer, answer, &estimate.at_peak().terms, read.language);
}

constexpr MoreParts kAllParts = {write_included, write_documented_memory, write_documented_beside};

void refuse_included(JsonWriter&, const json& include, const ReadScenario&, Issues& issues) {
  issues.push_back(error("unknown_name", "include", excerpt(include), "include is " + excerpt(include) + "; this program answers without suggestions and recommendations."));
}

void refuse_documented(JsonWriter& writer, const ReadScenario& read, Issues& issues) {
  write_model(writer, *read.loaded, nullptr);
  issues.push_back(error("unknown_name", "method", "\"documented\"", "method is \"documented\"; this program answers without the documented formulas."));
}

constexpr MoreParts kNoMore = {refuse_included, refuse_documented, [](JsonWriter&, const ReadScenario&, const MemoryEstimate&) {}};

std::string answer_estimate(std::string_view text, const MoreParts& more) {
  std::string out;
  out.reserve(4096);
  JsonWriter writer(out);
  Issues issues;
  Language language = Language::en;
  writer.begin_object();
  const json request = parse_request(text, issues);
  if (!has_errors(issues)) {
    ReadScenario read = read_whole_scenario(request);
    issues = std::move(read.issues);
    language = read.language;
    const Scenario& scenario = read.scenario;
    const LoadedModel& loaded = *read.loaded;
    const GpuSpec* gpu = read.gpu;
    writer.begin_object("scenario");
    Scenario filled = scenario;
    filled.inference = with_engine_defaults(scenario, gpu);
    write_scenario(writer, filled, loaded.request_text);
    writer.end_object();
    if (!has_errors(issues) && scenario.method == EstimateMethod::documented) {
      more.documented(writer, read, issues);
    } else if (!has_errors(issues)) {
      const Run run = resolve(scenario, loaded.inventory, gpu);
      const MemoryEstimate estimate = model_cache().evaluate(run);
      if (static_cast<double>(estimate.total().value) >= kLargestExact) {
        issues.push_back(error("too_large", "", "", "The run needs more than 2^53 bytes on one device; that cannot be shown exactly."));
        write_model(writer, loaded, nullptr);
      } else {
        validate({scenario, loaded.inventory, gpu, &estimate}, issues);
        write_model(writer, loaded, &estimate);
        write_memory(writer, scenario, run, estimate, gpu, language);
        if (gpu != nullptr) {
          const SpeedEstimate speed = estimate_speed(scenario, loaded.inventory, run, estimate, *gpu);
          write_speed(writer, speed, run.training);
          write_cost(writer, estimate_cost(*gpu, static_cast<double>(scenario.parallelism.world_size()), speed, scenario.hardware.usd_per_gpu_hour));
        }
        advise_serving(scenario, run, estimate, gpu, issues);
        if (const auto include = request.find("include"); include != request.end()) more.included(writer, *include, read, issues);
        more.beside(writer, read, estimate);
      }
    } else if (loaded.counts.total > 0) {
      write_model(writer, loaded, nullptr);
    }
  }
  localise(issues, language);
  write_issues(writer, issues);
  writer.end_object();
  return out;
}

}  // namespace

std::string estimate_json(std::string_view text) { return answer_estimate(text, kAllParts); }

std::string plain_estimate_json(std::string_view text) { return answer_estimate(text, kNoMore); }

}  // namespace vram
