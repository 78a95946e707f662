// Requests of the text edge.
// SPDX-License-Identifier: MIT
#include "request.h"

#include <algorithm>

#include "scenario_json.h"
#include "validate.h"
#include "vram/catalog.h"
#include "vram/inventory.h"
#include "vram/model_json.h"

namespace vram {

using nlohmann::json;

namespace {

const GpuSpec* choose_gpu(const Scenario& scenario, Issues& issues) {
  const std::string& name = scenario.hardware.gpu;
  if (name.empty()) return nullptr;
  const GpuLookup found = find_gpu(name);
  if (found.gpu != nullptr) return found.gpu;
  std::string candidates;
  for (std::size_t i = 0; i < found.candidate_count; ++i) {
    if (i > 0) candidates += ", ";
    candidates += found.candidates[i]->id;
  }
  const bool ambiguous = found.status == LookupStatus::ambiguous;
  const std::string value = json(name).dump(-1, ' ', false, json::error_handler_t::replace);
  issues.push_back(error(ambiguous ? "ambiguous_gpu" : "unknown_gpu", "hardware.gpu", value,
                         ambiguous ? "Several accelerators match " + value + ": " + candidates + "."
                                   : "No accelerator is called " + value + "; the nearest are " + candidates + "."));
  return nullptr;
}

/// The sizes of the draft model that is named. They stand in the scenario from then on, so the echo shows them.
void read_draft(InferenceRun& inference, Issues& issues) {
  if (inference.draft_model.empty()) return;
  ModelResult draft = model_from_catalog(inference.draft_model);
  for (Issue& issue : draft.issues) {
    if (issue.severity != Severity::error) continue;
    issue.field = "inference.draft_model";
    issues.push_back(std::move(issue));
  }
  if (has_errors(issues)) return;
  const Inventory inventory = build_inventory(draft.model);
  inference.draft_parameters_b = static_cast<double>(count_parameters(inventory).total) / 1e9;
  inference.draft_layers = inventory.num_layers;
  inference.draft_kv_heads = inventory.max_kv_heads;
  inference.draft_cache_elements = 0;
  for (const Block& block : inventory.blocks) inference.draft_cache_elements += block.cache.elements_per_token * static_cast<double>(block.repeat);
}

Language language_of(const json& request, Issues& issues) {
  const auto found = request.find("language");
  if (found == request.end() || *found == "en") return Language::en;
  if (*found == "zh") return Language::zh;
  issues.push_back(error(found->is_string() ? "unknown_name" : "wrong_type", "language", excerpt(*found), "language is " + excerpt(*found) + "; known are en and zh."));
  return Language::en;
}

}  // namespace

ModelCache& model_cache() {
  static ModelCache cache;
  return cache;
}

json parse_request(std::string_view text, Issues& issues) {
  json request = parse_limited(text, issues);
  if (!request.is_discarded() && !request.is_object()) {
    issues.push_back(error("wrong_type", "", excerpt(request), "The request must be an object, not " + excerpt(request) + "."));
  }
  return request;
}

ReadScenario read_whole_scenario(const json& request, Legality legality) {
  ReadScenario read;
  read.language = language_of(request, read.issues);
  read_scenario(request, read.scenario, read.issues);
  const bool serves = read.scenario.task == Task::inference;
  read_draft(read.scenario.inference, read.issues);
  const json none;
  const auto model = request.find("model");
  read.loaded = &model_cache().load(model != request.end() ? *model : none,
                                  serves ? read.scenario.inference.image_size : read.scenario.training.image_size,
                                  serves ? "inference.image_size" : "training.image_size", read.issues);
  // Convolutional networks are trained without recomputation unless somebody asks for it.
  const auto training = request.find("training");
  const bool asked = training != request.end() && training->is_object() && training->contains("activation_checkpointing");
  if (!asked && !read.loaded->inventory.backward_points.empty()) read.scenario.training.activation_checkpointing = Checkpointing::none;
  follow_model(request, read.loaded->inventory.max_length, read.scenario);
  read.gpu = choose_gpu(read.scenario, read.issues);
  if (read.gpu != nullptr) read.scenario.hardware.gpu = read.gpu->id;
  if (legality == Legality::checked && !has_errors(read.issues)) validate({read.scenario, read.loaded->inventory, read.gpu}, read.issues);
  return read;
}

ReadScenario read_scenario_member(const json& request, Legality legality) {
  const auto found = request.find("scenario");
  if (found != request.end() && found->is_object()) {
    ReadScenario read = read_whole_scenario(*found, legality);
    if (read.scenario.method == EstimateMethod::documented) {
      read.issues.push_back(error("not_computed", "method", "\"documented\"", "method \"documented\" is not computed here: the documented formulas answer estimate only."));
    }
    return read;
  }
  ReadScenario read;
  read.issues.push_back(found == request.end()
                            ? error("missing_field", "scenario", "", "A scenario is required, as estimate takes it.")
                            : error("wrong_type", "scenario", excerpt(*found), "scenario must be an object, not " + excerpt(*found) + "."));
  return read;
}

void refuse_unknown_members(const json& request, std::initializer_list<std::string_view> known, Issues& issues) {
  for (const auto& [name, value] : request.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      issues.push_back(error("unknown_field", name, excerpt(value), "There is no field " + name + "."));
    }
  }
}

std::int64_t whole_member(const json& request, const char* name, std::int64_t fallback, std::int64_t most, Issues& issues) {
  const auto found = request.find(name);
  if (found == request.end()) return fallback;
  const double value = found->is_number_integer() ? found->get<double>() : 0.0;
  if (value >= 1 && value <= static_cast<double>(most)) return static_cast<std::int64_t>(value);
  issues.push_back(error(found->is_number_integer() ? "out_of_range" : "wrong_type", name, excerpt(*found),
                         std::string(name) + " is " + excerpt(*found) + "; it must be a whole number from 1 to " + std::to_string(most) + "."));
  issues.back().allowed = "1 – " + std::to_string(most);
  return fallback;
}

void write_issues(JsonWriter& writer, const Issues& issues) {
  writer.begin_array("issues");
  for (const Issue& issue : issues) {
    writer.begin_object();
    writer.member("severity", name_of(issue.severity));
    writer.member("code", issue.code);
    writer.member("field", issue.field);
    writer.key("value");
    if (issue.value.empty()) {
      writer.raw("null");
    } else if (json::accept(issue.value)) {
      writer.raw(issue.value);
    } else {
      writer.text(issue.value);
    }
    writer.member("message", issue.message);
    writer.end_object();
  }
  writer.end_array();
}

std::string answer_question(std::string_view text, std::initializer_list<std::string_view> members, Legality legality, const WriteAnswer& write) {
  std::string out;
  JsonWriter writer(out);
  Issues issues;
  Language language = Language::en;
  writer.begin_object();
  const json request = parse_request(text, issues);
  if (!has_errors(issues)) {
    refuse_unknown_members(request, members, issues);
    const ReadScenario read = read_scenario_member(request, legality);
    language = read.language;
    issues.insert(issues.end(), read.issues.begin(), read.issues.end());
    if (!has_errors(issues)) write(writer, request, read, issues);
  }
  localise(issues, language);
  write_issues(writer, issues);
  writer.end_object();
  return out;
}

}  // namespace vram
