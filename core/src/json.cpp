// The text edge: request text to result text, and the built-in data as text.
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
#include "scenario_fields.h"
#include "scenario_json.h"
#include "serving_advice.h"
#include "speed_json.h"
#include "validate.h"
#include "vram/catalog.h"
#include "vram/family.h"

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

void write_terms(JsonWriter& writer, const Scenario& scenario, const Run& run, const MemoryEstimate& estimate) {
  writer.begin_array("terms");
  for (std::size_t i = 0; i < kTermCount; ++i) {
    const TermId term = static_cast<TermId>(i);
    const Bytes bytes = whole_bytes(estimate.at_peak().terms[term]);
    if (bytes.value == 0) continue;
    const Explanation explanation = explain(term, scenario, run, estimate);
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
  for (std::size_t m = 0; m < estimate.moments; ++m) {
    const Moment& moment = estimate.timeline[m];
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
    for (std::size_t m = 0; m < stage.moments; ++m) {
      const TermBytes& terms = stage.timeline[m].terms;
      if (stage.timeline[m].phase == Phase::forward) {
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
  for (std::size_t m = 1; m < estimate.moments; ++m) {
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

void write_memory(JsonWriter& writer, const Scenario& scenario, const Run& run, const MemoryEstimate& estimate, const GpuSpec* gpu) {
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
  write_terms(writer, scenario, run, estimate);
  write_timeline(writer, estimate);
  if (run.training && run.pipeline > 1) write_stages(writer, run);
  if (!run.training) write_serving(writer, model_cache().serving(run, estimate), estimate);
  writer.end_object();
}

void write_gpu_row(JsonWriter& writer, const GpuSpec& gpu) {
  writer.begin_object();
  writer.member("id", gpu.id);
  writer.member("name", gpu.name);
  writer.member("vendor", gpu.vendor);
  writer.member("architecture", gpu.architecture);
  writer.member("gpu_class", std::array<std::string_view, 5>{"consumer", "laptop", "workstation", "datacenter", "soc"}[static_cast<std::size_t>(gpu.gpu_class)]);
  writer.member("year", static_cast<std::int64_t>(gpu.year));
  writer.member("memory_bytes", gpu.memory_bytes);
  writer.member("usable_bytes", gpu.usable_bytes);
  writer.member("usable_basis", gpu.usable_basis == UsableBasis::measured ? "measured" : "derived");
  writer.member("memory_type", gpu.memory_type);
  writer.member("unified_memory", gpu.unified_memory);
  writer.member("bandwidth_bytes_per_second", gpu.bandwidth_bytes_per_second);
  writer.member("interconnect", gpu.interconnect);
  writer.member("interconnect_bytes_per_second", gpu.interconnect_bytes_per_second);
  writer.member("tdp_watts", static_cast<std::int64_t>(gpu.tdp_watts));
  writer.member("supports_bf16", gpu.supports_bf16);
  writer.member("supports_fp8", gpu.supports_fp8);
  writer.member("supports_fp4", gpu.supports_fp4);
  writer.member("bf16_flops", gpu.flops.bf16);
  writer.member("fp16_flops", gpu.flops.fp16);
  writer.member("fp8_flops", gpu.flops.fp8);
  writer.member("max_per_node", static_cast<std::int64_t>(gpu.max_per_node));
  if (gpu.prices.launch_usd > 0) writer.member("launch_usd", gpu.prices.launch_usd);
  if (gpu.prices.street_usd > 0) {
    writer.member("street_usd", gpu.prices.street_usd);
    writer.member("street_as_of", gpu.prices.street_as_of);
  }
  if (gpu.prices.cloud_usd_per_hour > 0) {
    writer.member("cloud_usd_per_hour", gpu.prices.cloud_usd_per_hour);
    writer.member("cloud_as_of", gpu.prices.cloud_as_of);
  }
  writer.end_object();
}

void write_model_row(JsonWriter& writer, const CatalogModel& row) {
  writer.begin_object();
  writer.member("id", row.id);
  writer.member("name", row.name);
  writer.member("family", row.family);
  writer.member("kind", name_of(row.kind));
  writer.begin_array("inputs");
  if (row.inputs.text) writer.text("text");
  if (row.inputs.image) writer.text("image");
  if (row.inputs.video) writer.text("video");
  if (row.inputs.audio) writer.text("audio");
  writer.end_array();
  writer.member("year", static_cast<std::int64_t>(row.year));
  writer.member("parameters", row.published_parameters);
  writer.member("exact", row.published_exact);
  if (row.published_active_parameters > 0) writer.member("active_parameters", row.published_active_parameters);
  writer.end_object();
}

void write_field_row(JsonWriter& writer, const Field& field) {
  static constexpr std::array<std::string_view, 8> kTypes = {"integer", "number", "boolean", "string", "list", "enum", "string", "string"};
  Scenario defaults;
  writer.begin_object();
  writer.member("path", field.path);
  writer.member("type", kTypes[static_cast<std::size_t>(field.type)]);
  writer.key("default");
  write_value(writer, field, defaults);
  if (field.type == FieldType::integer || field.type == FieldType::number) {
    writer.member("min", field.min);
    writer.member("max", field.max);
    writer.member("control_min", field.control_min);
    writer.member("control_max", field.control_max);
  }
  if (!field.unit.empty()) writer.member("unit", field.unit);
  if (field.names != nullptr) {
    writer.begin_array("values");
    for (const std::string_view name : field.names()) writer.text(name);
    writer.end_array();
  }
  writer.end_object();
}

/// The members that the scenario asks for by "include": they cost more than the rest together.
void write_included(JsonWriter& writer, const json& request, const ReadScenario& read, Issues& issues) {
  const auto include = request.find("include");
  if (include == request.end()) return;
  if (!include->is_array()) {
    issues.push_back(error("wrong_type", "include", excerpt(*include), "include must be a list of names, not " + excerpt(*include) + "."));
    return;
  }
  for (const json& name : *include) {
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

}  // namespace

std::string estimate_json(std::string_view text) {
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
      const DocumentedAnswer answer = documented_answer(scenario, loaded);
      write_model(writer, loaded, nullptr);
      if (answer.formula.empty()) {
        issues.push_back(error("no_documented_formula", "method", "\"documented\"", "No documented formula covers this run; the engine does."));
      } else {
        write_documented_memory(writer, answer, capacity_of(scenario.hardware, gpu));
        const TermBytes ours = model_cache().evaluate(resolve(scenario, loaded.inventory, gpu)).at_peak().terms;
        write_documented(writer, answer, &ours, language);
      }
    } else if (!has_errors(issues)) {
      const Run run = resolve(scenario, loaded.inventory, gpu);
      const MemoryEstimate estimate = model_cache().evaluate(run);
      if (static_cast<double>(estimate.total().value) >= kLargestExact) {
        issues.push_back(error("too_large", "", "", "The run needs more than 2^53 bytes on one device; that cannot be shown exactly."));
        write_model(writer, loaded, nullptr);
      } else {
        validate({scenario, loaded.inventory, gpu, &estimate}, issues);
        write_model(writer, loaded, &estimate);
        write_memory(writer, scenario, run, estimate, gpu);
        if (gpu != nullptr) {
          const SpeedEstimate speed = estimate_speed(scenario, loaded.inventory, run, estimate, *gpu);
          write_speed(writer, speed, run.training);
          write_cost(writer, estimate_cost(*gpu, static_cast<double>(scenario.parallelism.world_size()), speed));
        }
        advise_serving(scenario, run, estimate, gpu, issues);
        write_included(writer, request, read, issues);
        const DocumentedAnswer answer = documented_answer(scenario, loaded);
        if (!answer.formula.empty()) write_documented(writer, answer, &estimate.at_peak().terms, language);
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

std::string catalog_json(std::string_view kind) {
  std::string out;
  JsonWriter writer(out);
  if (kind == "models") {
    writer.begin_array();
    for (const CatalogModel& row : catalog_models()) write_model_row(writer, row);
    writer.end_array();
  } else if (kind == "gpus") {
    writer.begin_array();
    for (const GpuSpec& gpu : catalog_gpus()) write_gpu_row(writer, gpu);
    writer.end_array();
  } else if (kind == "fields") {
    writer.begin_array();
    for (const Field& field : scenario_fields()) write_field_row(writer, field);
    writer.end_array();
  } else if (kind == "families") {
    writer.begin_array();
    for (const FamilyInfo& row : families()) {
      writer.begin_object();
      writer.member("name", row.name);
      writer.member("like", row.like);
      writer.member("kind", std::string_view(row.convolutional ? "cnn" : row.multimodal ? "multimodal" : row.mixture ? "moe" : "dense"));
      writer.end_object();
    }
    writer.end_array();
  } else if (kind == "messages") {
    writer.begin_array();
    for (const Message& message : messages()) {
      writer.begin_object();
      writer.member("code", message.code);
      writer.member("en", message.en);
      writer.member("zh", message.zh);
      writer.end_object();
    }
    writer.end_array();
  } else {
    const std::string value = json(std::string(kind)).dump(-1, ' ', false, json::error_handler_t::replace);
    writer.begin_object();
    write_issues(writer, {error("unknown_catalog", "kind", value, "There is no catalog " + value + "; known are models, gpus, fields, families and messages.")});
    writer.end_object();
  }
  return out;
}

}  // namespace vram
