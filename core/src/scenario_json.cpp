// Scenario <-> JSON.
// SPDX-License-Identifier: MIT
#include "scenario_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "json_tree.h"
#include "scenario_fields.h"
#include "training_stage.h"
#include "vram/quant_format.h"

namespace vram {

using nlohmann::json;

namespace {

constexpr std::size_t kLargestRequest = 64U << 20U;  // bytes; a config.json is some kB, a tensor list some MB
constexpr int kDeepest = 64;

std::string join(std::span<const std::string_view> names) {
  std::string out;
  for (const std::string_view name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

void wrong_type(const Field& field, const json& value, std::string_view expected, Issues& issues) {
  issues.push_back(error("wrong_type", std::string(field.path), excerpt(value), std::string(field.path) + " must be " + std::string(expected) + ", not " + excerpt(value) + "."));
}

bool in_range(const Field& field, double number, const json& value, Issues& issues) {
  if (std::isfinite(number) && number >= field.min && number <= field.max) {
    if (number < field.control_min || number > field.control_max) {
      issues.push_back(warning("outside_usual_range", std::string(field.path), excerpt(value),
                               std::string(field.path) + " is " + excerpt(value) + "; usual values are " + json_number(field.control_min) + " to " +
                                   json_number(field.control_max) + "."));
      issues.back().allowed = json_number(field.control_min) + " – " + json_number(field.control_max);
    }
    return true;
  }
  issues.push_back(error("out_of_range", std::string(field.path), excerpt(value),
                         std::string(field.path) + " is " + excerpt(value) + "; it must be between " + json_number(field.min) + " and " + json_number(field.max) + "."));
  issues.back().allowed = json_number(field.min) + " – " + json_number(field.max);
  return false;
}

void read_choice(const Field& field, const json& value, Scenario& scenario, Issues& issues) {
  if (!value.is_string()) return wrong_type(field, value, "one of " + join(field.names()), issues);
  const std::string name = lower(value.get_ref<const std::string&>());
  const auto names = field.names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return field.set_choice(scenario, i);
  }
  issues.push_back(error("unknown_name", std::string(field.path), excerpt(value), std::string(field.path) + " is " + excerpt(value) + "; known are " + join(names) + "."));
}

/// Adds the roles a target name means; "all-linear" is every projection of the layers but routers and heads.
void read_target(const Field& field, const json& item, Features& roles, Issues& issues) {
  if (!item.is_string()) return wrong_type(field, item, "a list of names", issues);
  const std::string name = lower(item.get_ref<const std::string&>());
  for (const AdapterTarget& target : adapter_targets()) {
    const bool linear = target.name.ends_with("_proj") || target.name == "mixer";
    if (name == target.name || (name == "all-linear" && linear)) roles |= target.roles;
    if (name == target.name) return;
  }
  if (name != "all-linear") {
    issues.push_back(error("unknown_name", std::string(field.path), excerpt(item), std::string(field.path) + " names " + excerpt(item) + "; known are " + join(field.names()) + "."));
  }
}

void read_targets(const Field& field, const json& value, Scenario& scenario, Issues& issues) {
  Features roles = 0;
  if (value.is_array()) {
    for (const json& item : value) read_target(field, item, roles, issues);
  } else {
    read_target(field, value, roles, issues);
  }
  field.targets(scenario) = roles;
}

void read_packing(const Field& field, const json& value, Scenario& scenario, Issues& issues) {
  if (!value.is_string()) return wrong_type(field, value, "text", issues);
  if (const auto found = quantization_by_name(value.get_ref<const std::string&>())) {
    field.packing(scenario) = *found;
    return;
  }
  issues.push_back(error("unknown_name", std::string(field.path), excerpt(value),
                         std::string(field.path) + " " + excerpt(value) + " is no weight format; known are " + join(field.names()) + " and others."));
}

void read_version(const Field& field, const json& value, Scenario& scenario, Issues& issues) {
  if (!value.is_string()) return wrong_type(field, value, "text", issues);
  if (const auto found = engine_version_by_name(value.get_ref<const std::string&>())) {
    field.version(scenario) = *found;
    return;
  }
  issues.push_back(error("unknown_version", std::string(field.path), excerpt(value),
                         std::string(field.path) + " " + excerpt(value) + " is no version; write 0.8.3, b4310, or nothing for the newest."));
}

void read_field(const Field& field, const json& value, Scenario& scenario, Issues& issues) {
  switch (field.type) {
    case FieldType::integer: {
      if (!value.is_number()) return wrong_type(field, value, "a whole number", issues);
      const double number = value.get<double>();
      if (!in_range(field, number, value, issues)) return;
      if (number != std::floor(number)) return wrong_type(field, value, "a whole number", issues);
      field.integer(scenario) = static_cast<std::int64_t>(number);
      return;
    }
    case FieldType::number: {
      if (!value.is_number()) return wrong_type(field, value, "a number", issues);
      const double number = value.get<double>();
      if (in_range(field, number, value, issues)) field.number(scenario) = number;
      return;
    }
    case FieldType::flag:
      if (!value.is_boolean()) return wrong_type(field, value, "true or false", issues);
      field.flag(scenario) = value.get<bool>();
      return;
    case FieldType::text:
      if (!value.is_string()) return wrong_type(field, value, "text", issues);
      field.text(scenario) = value.get<std::string>();
      return;
    case FieldType::targets: return read_targets(field, value, scenario, issues);
    case FieldType::choice: return read_choice(field, value, scenario, issues);
    case FieldType::packing: return read_packing(field, value, scenario, issues);
    case FieldType::version: return read_version(field, value, scenario, issues);
  }
}

void unknown_field(const std::string& path, const json& value, Issues& issues) {
  issues.push_back(error("unknown_field", path, excerpt(value), "There is no field " + path + "."));
}

bool has(const json& request, const char* group, const char* name) {
  const auto found = request.find(group);
  return found != request.end() && found->is_object() && found->contains(name);
}

/// Defaults that hang on other fields, applied only where the request says nothing.
void dependent_defaults(const json& request, Scenario& scenario) {
  TrainingRun& t = scenario.training;
  if (scenario.task == Task::pretraining && !has(request, "training", "stage")) t.stage = TrainingStage::pretraining;
  const bool masters = t.framework == Framework::megatron || t.framework == Framework::deepspeed;
  const bool adapters = t.method != Method::full && t.method != Method::freeze;
  if (!has(request, "training", "weight_dtype")) t.weight_dtype = adapters || masters ? Dtype::bf16 : Dtype::fp32;
  if (!has(request, "training", "learning_rate") && adapters) t.learning_rate = 2e-4;
  // peft refuses a prefix together with recomputation.
  if (!has(request, "training", "activation_checkpointing") && t.method == Method::prefix) t.activation_checkpointing = Checkpointing::none;
  if (!has(request, "training", "beta") && reinforces(t.stage)) t.beta = t.stage == TrainingStage::grpo ? 0.0 : 0.05;
  // TRL's trainers of log-probabilities never make whole logits.
  if (!has(request, "training", "loss") && traits_of(t.stage).tiled) t.loss = LossKind::chunked;
  follow_gpus(request, scenario);
  if (!has(request, "hardware", "gpus")) scenario.hardware.gpus = scenario.parallelism.world_size();
}

void check_format(std::string_view path, const std::string& name, Issues& issues) {
  if (weight_format_by_name(name).has_value()) return;
  issues.push_back(error("unknown_name", std::string(path), '"' + name + '"',
                         std::string(path) + " \"" + name + "\" is no weight format; known are int8, nf4-dq, gptq, awq, fp8, mxfp4, nvfp4 and others."));
}

}  // namespace

void follow_gpus(const json& request, Scenario& scenario) {
  Parallelism& p = scenario.parallelism;
  const std::int64_t gpus = scenario.hardware.gpus;
  if (scenario.task == Task::inference) {
    if (has(request, "parallelism", "tensor_parallel_size")) return;
    const bool by_layers = scenario.inference.engine == Engine::llama_cpp || scenario.inference.engine == Engine::ollama;
    if (by_layers && !has(request, "parallelism", "pipeline_parallel_size")) {
      const std::int64_t ways = p.data_parallel_size * p.tensor_parallel_size * p.context_parallel_size;
      if (gpus % ways == 0) p.pipeline_parallel_size = gpus / ways;
      return;
    }
    const std::int64_t others = p.data_parallel_size * p.pipeline_parallel_size * p.context_parallel_size;
    if (gpus % others == 0) p.tensor_parallel_size = gpus / others;
  } else {
    const std::int64_t others = p.tensor_parallel_size * p.pipeline_parallel_size * p.context_parallel_size;
    if (!has(request, "parallelism", "data_parallel_size") && gpus % others == 0) p.data_parallel_size = gpus / others;
  }
}

void follow_model(const json& request, std::int64_t longest, Scenario& scenario) {
  if (longest <= 0) return;
  std::int64_t& context = scenario.inference.context_length;
  std::int64_t& sequence = scenario.training.sequence_length;
  if (!has(request, "inference", "context_length")) context = std::min(context, longest);
  if (!has(request, "training", "sequence_length")) sequence = std::min(sequence, longest);
}

std::string excerpt(const json& value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > 80) {
    std::size_t cut = 77;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;  // never inside a character
    text = text.substr(0, cut) + "...";
  }
  return text;
}

json parse_limited(std::string_view text, Issues& issues) {
  if (text.size() > kLargestRequest) {
    issues.push_back(error("too_large", "", std::to_string(text.size()), "The request has " + std::to_string(text.size()) + " bytes; the most is 64 MiB."));
    return json(json::value_t::discarded);
  }
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepest) {
        issues.push_back(error("too_deep", "", "", "The request is nested deeper than 64 levels at byte " + std::to_string(i) + "."));
        return json(json::value_t::discarded);
      }
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  json value = tree_of(text);
  if (value.is_discarded()) {
    issues.push_back(error("invalid_json", "", "", text.empty() ? "The request is empty; a JSON object is expected." : "The request is not valid JSON."));
  }
  return value;
}

void read_scenario(const json& request, Scenario& scenario, Issues& issues) {
  for (const auto& [name, value] : request.items()) {
    if (name == "model" || name == "language" || name == "include") continue;  // read by the caller
    if (const Field* field = find_field(name)) {
      read_field(*field, value, scenario, issues);
      continue;
    }
    const bool group = name == "inference" || name == "training" || name == "parallelism" || name == "hardware";
    if (!group) {
      unknown_field(name, value, issues);
      continue;
    }
    if (!value.is_object()) {
      issues.push_back(error("wrong_type", name, excerpt(value), name + " must be an object, not " + excerpt(value) + "."));
      continue;
    }
    for (const auto& [key, item] : value.items()) {
      const std::string path = name + "." + key;
      if (const Field* field = find_field(path)) {
        read_field(*field, item, scenario, issues);
      } else {
        unknown_field(path, item, issues);
      }
    }
  }
  dependent_defaults(request, scenario);
  check_format("training.quantization", scenario.training.quantization, issues);
}

void write_value(JsonWriter& writer, const Field& field, Scenario& scenario) {
  switch (field.type) {
    case FieldType::integer: writer.integer(field.integer(scenario)); break;
    case FieldType::number: writer.number(field.number(scenario)); break;
    case FieldType::flag: writer.flag(field.flag(scenario)); break;
    case FieldType::text: writer.text(field.text(scenario)); break;
    case FieldType::choice: writer.text(field.names()[field.get_choice(scenario)]); break;
    case FieldType::packing: writer.text(lower(name_of(field.packing(scenario)))); break;
    case FieldType::version: writer.text(name_of(field.version(scenario))); break;
    case FieldType::targets: {
      writer.begin_array();
      for (const AdapterTarget& target : adapter_targets()) {
        if ((field.targets(scenario) & target.roles) == target.roles) writer.text(target.name);
      }
      writer.end_array();
      break;
    }
  }
}

void write_scenario(JsonWriter& writer, const Scenario& scenario, std::string_view model) {
  writer.key("model");
  writer.raw(model);
  Scenario copy = scenario;  // the accessors of the table give references
  std::string_view open;
  for (const Field& field : scenario_fields()) {
    if (field.group == FieldGroup::inference && scenario.task != Task::inference) continue;
    if (field.group == FieldGroup::training && scenario.task == Task::inference) continue;
    const std::size_t dot = field.path.find('.');
    const std::string_view group = dot == std::string_view::npos ? std::string_view{} : field.path.substr(0, dot);
    if (group != open) {
      if (!open.empty()) writer.end_object();
      if (!group.empty()) writer.begin_object(group);
      open = group;
    }
    writer.key(dot == std::string_view::npos ? field.path : field.path.substr(dot + 1));
    write_value(writer, field, copy);
  }
  if (!open.empty()) writer.end_object();
}

}  // namespace vram
