// Pasted logs at the text edge: what was recognised, measured against predicted term by term, and what the log corrects.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "json_writer.h"
#include "patch.h"
#include "request.h"
#include "scenario_fields.h"
#include "scenario_json.h"
#include "vram/json.h"
#include "vram/log_reader.h"

namespace vram {

using nlohmann::json;

namespace {

/// One evaluated scenario.
struct Prediction {
  Run run;
  MemoryEstimate estimate;
  ServingFigures figures;
};

Prediction predict(const Scenario& scenario, const ReadScenario& read) {
  Prediction p;
  p.run = resolve(scenario, read.loaded->inventory, read.gpu);
  p.estimate = model_cache().evaluate(p.run);
  if (!p.run.training) p.figures = model_cache().serving(p.run, p.estimate);
  return p;
}

/// What the device shows: the total, with a pool counted whole, as the engine takes it.
double shown_bytes(const Prediction& p) {
  const double total = static_cast<double>(p.estimate.total().value);
  if (p.run.training || p.estimate.idle_pool > 0) return total;
  return total + std::max(0.0, p.estimate.pool_bytes - p.estimate.kv_in_use);
}

double activation_peak(const MemoryEstimate& estimate) {
  double peak = 0;
  for (const Moment& moment : estimate.timeline) peak = std::max(peak, moment.terms[TermId::activations] + moment.terms[TermId::logits]);
  return peak;
}

/// What the estimate says about a value of a log; negative where it says nothing.
double predicted(std::string_view name, const Prediction& p) {
  const MemoryEstimate& estimate = p.estimate;
  const TermBytes& terms = estimate.at_peak().terms;
  if (name == "weights_bytes") return terms[TermId::weights];
  if (name == "used_bytes") return shown_bytes(p);
  if (name == "allocated_bytes" || name == "attempted_bytes") return static_cast<double>(estimate.allocated().value);
  if (name == "reserved_bytes") return static_cast<double>(estimate.reserved().value);
  if (name == "outside_bytes") return estimate.outside_allocator;
  if (p.run.training) return -1;
  const ServingRun& s = p.run.serving;
  if (name == "capacity_bytes") return s.capacity_bytes > 0 ? s.capacity_bytes : -1;
  if (name == "host_bytes") return estimate.host_bytes;
  if (name == "non_torch_bytes") return p.run.communicator_bytes;
  if (name == "graph_bytes" || name == "graph_estimate_bytes") return s.graph_bytes;
  if (name == "kv_cache_bytes") return estimate.kv_in_use - p.figures.state_bytes * s.states;
  if (name == "state_bytes") return p.figures.state_bytes * s.states;
  if (name == "compute_buffer_bytes") return s.micro_batch > 0 ? terms[TermId::engine_buffers] : -1;
  if (name == "activation_peak_bytes") return activation_peak(estimate);
  if (!p.figures.limited) return -1;
  if (name == "kv_pool_bytes") return p.figures.pool_bytes;
  if (name == "kv_pool_tokens") return p.figures.pool_tokens;
  if (name == "kv_blocks") return p.figures.pool_tokens / s.block_tokens;
  if (name == "max_concurrency") return p.figures.max_concurrency;
  return -1;
}

/// Values that a process had when it ran out: it wanted more.
bool is_lower_bound(LogKind kind, std::string_view name) {
  return kind == LogKind::out_of_memory && (name == "allocated_bytes" || name == "reserved_bytes" || name == "attempted_bytes");
}

/// Fields of a scenario that a log states outright, with what turns its value into theirs. In the order of their groups.
struct Correction {
  std::string_view value, path;
  double divisor = 1;
};
constexpr auto kCorrections = std::to_array<Correction>({
    {"context_length", "inference.context_length"},
    {"sequences", "inference.batch_size"},
    {"max_num_seqs", "inference.max_num_seqs"},
    {"max_num_batched_tokens", "inference.max_num_batched_tokens"},
    {"memory_share", "inference.gpu_memory_utilization"},
    {"enforce_eager", "inference.enforce_eager"},
    {"n_ubatch", "inference.n_ubatch"},
    {"flash_attention", "inference.flash_attention"},
    {"gpu_layers", "inference.gpu_layers"},
    {"tensor_parallel_size", "parallelism.tensor_parallel_size"},
    {"pipeline_parallel_size", "parallelism.pipeline_parallel_size"},
    {"capacity_bytes", "hardware.memory_gib", kBytesPerGib},
    {"non_torch_bytes", "hardware.non_torch_gib", kBytesPerGib},
    {"graph_bytes", "hardware.graph_gib", kBytesPerGib},
    {"outside_bytes", "hardware.context_gib", kBytesPerGib},
});

/// The value of that field as the log states it, if it does and the field can hold it.
std::optional<double> stated(const LogReading& reading, const Correction& row) {
  const LogValue* found = reading.find(row.value);
  if (found == nullptr) return std::nullopt;
  double value = found->value / row.divisor;
  // llama.cpp prints the cells of all sequences together.
  const LogValue* sequences = row.value == "context_length" ? reading.find("sequences") : nullptr;
  if (sequences != nullptr && sequences->value > 1) value = std::floor(value / sequences->value);
  const Field& field = *find_field(row.path);
  const bool held = field.type == FieldType::flag || (value >= field.min && value <= field.max);
  return held ? std::optional(value) : std::nullopt;
}

void assign(Scenario& scenario, std::string_view path, double value) {
  const Field& field = *find_field(path);
  if (field.type == FieldType::flag) {
    field.flag(scenario) = value > 0;
  } else if (field.type == FieldType::integer) {
    field.integer(scenario) = static_cast<std::int64_t>(value);
  } else {
    field.number(scenario) = value;
  }
}

/// Whether a log of that kind may name the engine `engine`: Ollama and others print the lines of what they run.
bool prints(LogKind kind, Engine engine) {
  return kind == LogKind::llama_cpp ? engine == Engine::llama_cpp || engine == Engine::ollama : kind != LogKind::vllm || engine == Engine::vllm;
}

void correct_engine(const LogReading& reading, Scenario& scenario) {
  if (!prints(reading.kind, scenario.inference.engine)) scenario.inference.engine = reading.kind == LogKind::vllm ? Engine::vllm : Engine::llama_cpp;
}

/// The scenario as the log says it was.
Scenario corrected(const Scenario& scenario, const LogReading& reading) {
  Scenario after = scenario;
  const bool training = scenario.task != Task::inference;
  if (!training) correct_engine(reading, after);
  for (const Correction& row : kCorrections) {
    if (training && !row.path.starts_with("hardware.")) continue;
    if (const std::optional<double> value = stated(reading, row)) assign(after, row.path, *value);
  }
  const bool layout = after.parallelism.tensor_parallel_size != scenario.parallelism.tensor_parallel_size ||
                      after.parallelism.pipeline_parallel_size != scenario.parallelism.pipeline_parallel_size;
  if (layout) after.hardware.gpus = after.parallelism.world_size();
  return after;
}

/// Every field that the log states, whatever a scenario says; for callers that have none.
std::string stated_text(const LogReading& reading) {
  const Scenario after = corrected(Scenario{}, reading);
  Scenario before = after;  // differs from `after` in just those fields
  if (reading.kind == LogKind::vllm || reading.kind == LogKind::llama_cpp) before.inference.engine = Engine::tgi;
  if (after.hardware.gpus > 1) before.hardware.gpus = 0;
  for (const Correction& row : kCorrections) {
    if (const std::optional<double> value = stated(reading, row)) {
      assign(before, row.path, find_field(row.path)->type == FieldType::flag ? 1.0 - *value : *value - 1.0);
    }
  }
  return patch_text(before, after);
}

void write_values(JsonWriter& writer, const LogReading& reading) {
  writer.member("kind", name_of(reading.kind));
  writer.begin_array("values");
  for (const LogValue& row : reading.values) {
    writer.begin_object();
    writer.member("id", row.name);
    writer.member("value", row.name.ends_with("_bytes") ? std::round(row.value) : row.value);
    writer.member("line", row.line);
    writer.member("times", row.times);
    writer.end_object();
  }
  writer.end_array();
}

void write_comparison(JsonWriter& writer, const LogReading& reading, const Prediction& before, const Prediction& after) {
  writer.begin_array("comparison");
  for (const LogValue& row : reading.values) {
    const double expected = predicted(row.name, before);
    if (expected < 0) continue;
    // Of several devices the log prints each, and the estimate is of the worst one.
    const double measured = before.run.tensor * before.run.pipeline > 1 ? row.largest : row.value;
    writer.begin_object();
    writer.member("id", row.name);
    writer.member("measured", row.name.ends_with("_bytes") ? std::round(measured) : measured);
    writer.member("predicted", expected);
    if (measured > 0) writer.member("relative_error", (expected - measured) / measured);
    if (const double again = predicted(row.name, after); again >= 0) writer.member("corrected", again);
    if (is_lower_bound(reading.kind, row.name)) writer.member("at_least", true);
    writer.end_object();
  }
  writer.end_array();
}

void write_reading(JsonWriter& writer, const LogReading& reading, const ReadScenario* read) {
  write_values(writer, reading);
  if (read == nullptr) {
    writer.key("changes");
    writer.raw(stated_text(reading));
    return;
  }
  const Scenario after = corrected(read->scenario, reading);
  writer.key("changes");
  writer.raw(patch_text(read->scenario, after));
  write_comparison(writer, reading, predict(read->scenario, *read), predict(after, *read));
}

}  // namespace

std::string read_log_json(std::string_view text) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  Issues issues;
  Language language = Language::en;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_request = first != std::string_view::npos && text[first] == '{';
  if (!is_request) {
    LogReading reading = read_log(text);
    write_reading(writer, reading, nullptr);
    issues = std::move(reading.issues);
  } else if (const json request = parse_request(text, issues); !has_errors(issues)) {
    refuse_unknown_members(request, {"log", "scenario"}, issues);
    const auto log = request.find("log");
    if (log == request.end() || !log->is_string()) {
      issues.push_back(error("missing_field", "log", "", "A log is required, as text."));
    } else {
      LogReading reading = read_log(log->get_ref<const std::string&>());
      issues.insert(issues.end(), reading.issues.begin(), reading.issues.end());
      const bool compared = request.contains("scenario");
      const ReadScenario read = compared ? read_scenario_member(request) : ReadScenario{};
      issues.insert(issues.end(), read.issues.begin(), read.issues.end());
      language = read.language;
      write_reading(writer, reading, compared && !has_errors(issues) ? &read : nullptr);
    }
  }
  localise(issues, language);
  write_issues(writer, issues);
  writer.end_object();
  return out;
}

}  // namespace vram
