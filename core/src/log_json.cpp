// Pasted logs at the text edge: what was recognised, and measured against predicted term by term.
// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "json_writer.h"
#include "request.h"
#include "scenario_json.h"
#include "vram/json.h"
#include "vram/log_reader.h"

namespace vram {

using nlohmann::json;

namespace {

/// What the estimate says about a value of a log; negative where it says nothing.
double predicted(std::string_view name, const Run& run, const MemoryEstimate& estimate, const ServingFigures& figures) {
  const TermBytes& terms = estimate.at_peak().terms;
  if (name == "weights_bytes") return terms[TermId::weights];
  if (name == "host_bytes") return estimate.host_bytes;
  if (name == "used_bytes") return static_cast<double>(estimate.total().value);
  if (name == "allocated_bytes") return static_cast<double>(estimate.allocated().value);
  if (name == "reserved_bytes") return static_cast<double>(estimate.reserved().value);
  if (run.training) return -1;
  if (name == "non_torch_bytes") return run.communicator_bytes;
  if (name == "graph_bytes") return run.serving.graph_bytes;
  if (name == "kv_cache_bytes") return estimate.kv_in_use;
  if (name == "compute_buffer_bytes") return run.serving.micro_batch > 0 ? terms[TermId::engine_buffers] : -1;
  if (name == "activation_peak_bytes") {
    double peak = 0;
    for (std::size_t m = 0; m < estimate.moments; ++m) {
      peak = std::max(peak, estimate.timeline[m].terms[TermId::activations] + estimate.timeline[m].terms[TermId::logits]);
    }
    return peak;
  }
  if (!figures.limited) return -1;
  if (name == "kv_pool_bytes") return figures.pool_bytes;
  if (name == "kv_pool_tokens") return figures.pool_tokens;
  if (name == "max_concurrency") return figures.max_concurrency;
  return -1;
}

/// Fields of a scenario that a log states outright, with what turns its value into theirs.
struct Correction {
  std::string_view value, path;
  double divisor;
};
constexpr auto kCorrections = std::to_array<Correction>({
    {"capacity_bytes", "hardware.memory_gib", kBytesPerGib},
    {"memory_share", "inference.gpu_memory_utilization", 1.0},
    {"non_torch_bytes", "hardware.non_torch_gib", kBytesPerGib},
    {"context_length", "inference.context_length", 1.0},
    {"max_num_seqs", "inference.max_num_seqs", 1.0},
    {"max_num_batched_tokens", "inference.max_num_batched_tokens", 1.0},
    {"n_ubatch", "inference.n_ubatch", 1.0},
});

void write_values(JsonWriter& writer, const LogReading& reading) {
  writer.member("kind", name_of(reading.kind));
  writer.begin_array("values");
  for (const LogValue& row : reading.values) {
    writer.begin_object();
    writer.member("id", row.name);
    writer.member("value", row.value);
    writer.member("line", row.line);
    writer.member("times", row.times);
    writer.end_object();
  }
  writer.end_array();
  writer.begin_object("set");
  for (const Correction& row : kCorrections) {
    if (const LogValue* found = reading.find(row.value)) writer.member(row.path, found->value / row.divisor);
  }
  if (const LogValue* flash = reading.find("flash_attention")) writer.member("inference.flash_attention", flash->value > 0);
  writer.end_object();
}

void write_comparison(JsonWriter& writer, const LogReading& reading, const ReadScenario& read) {
  const Run run = resolve(read.scenario, read.loaded->inventory, read.gpu);
  const MemoryEstimate estimate = model_cache().evaluate(run);
  const ServingFigures figures = run.training ? ServingFigures{} : model_cache().serving(run, estimate);
  writer.begin_array("comparison");
  for (const LogValue& row : reading.values) {
    const double expected = predicted(row.name, run, estimate, figures);
    if (expected < 0) continue;
    writer.begin_object();
    writer.member("id", row.name);
    writer.member("measured", row.value);
    writer.member("predicted", expected);
    if (row.value > 0) writer.member("relative_error", (expected - row.value) / row.value);
    writer.end_object();
  }
  writer.end_array();
}

}  // namespace

std::string read_log_json(std::string_view text) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  Issues issues;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_request = first != std::string_view::npos && text[first] == '{';
  if (!is_request) {
    LogReading reading = read_log(text);
    write_values(writer, reading);
    issues = std::move(reading.issues);
  } else if (const json request = parse_request(text, issues); !has_errors(issues)) {
    refuse_unknown_members(request, {"log", "scenario"}, issues);
    const auto log = request.find("log");
    if (log == request.end() || !log->is_string()) {
      issues.push_back(error("missing_field", "log", "", "A log is required, as text."));
    } else {
      LogReading reading = read_log(log->get_ref<const std::string&>());
      write_values(writer, reading);
      issues.insert(issues.end(), reading.issues.begin(), reading.issues.end());
      if (request.contains("scenario") && !has_errors(issues)) {
        ReadScenario read = read_scenario_member(request);
        issues.insert(issues.end(), read.issues.begin(), read.issues.end());
        if (!has_errors(read.issues)) write_comparison(writer, reading, read);
      }
    }
  }
  write_issues(writer, issues);
  writer.end_object();
  return out;
}

}  // namespace vram
