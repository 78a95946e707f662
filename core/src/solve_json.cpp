// Text edge of solve: fit ranges and largest values, as JSON.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "patch.h"
#include "request.h"
#include "scenario_fields.h"
#include "scenario_json.h"
#include "slug.h"
#include "vram/catalog.h"
#include "vram/family.h"
#include "vram/layout.h"
#include "vram/solve.h"

namespace vram {

using nlohmann::json;

namespace {

/// The texts in an array member, checked against `known`; absent: all of them.
std::vector<std::string_view> names_in(const json& request, const char* member, std::span<const std::string_view> known, Issues& issues) {
  std::vector<std::string_view> names;
  const auto found = request.find(member);
  if (found == request.end()) return {known.begin(), known.end()};
  if (!found->is_array()) {
    issues.push_back(error("wrong_type", member, excerpt(*found), std::string(member) + " must be a list of names, not " + excerpt(*found) + "."));
    return names;
  }
  for (const json& item : *found) {
    const auto row = item.is_string() ? std::find(known.begin(), known.end(), item.get_ref<const std::string&>()) : known.end();
    if (row == known.end()) {
      std::string list;
      for (const std::string_view name : known) {
        if (!list.empty()) list += ", ";
        list += name;
      }
      issues.push_back(error("unknown_name", member, excerpt(item), std::string(member) + " names " + excerpt(item) + "; known here are " + list + "."));
    } else {
      names.push_back(*row);
    }
  }
  return names;
}

/// Whether there is something to fit, and something to fit it into.
bool can_fit(const ReadScenario& read, Issues& issues) {
  if (read.gpu == nullptr) {
    issues.push_back(error("missing_field", "scenario.hardware.gpu", "", "A card is required: without one there is nothing to fit into."));
  }
  return read.gpu != nullptr && read.loaded != nullptr && read.loaded->counts.total > 0;
}

enum class Target : unsigned char { batch, context, users, lora_rank, model_size, gpus, card, count };
constexpr std::array<std::string_view, static_cast<std::size_t>(Target::count)> kTargets = {"batch", "context", "users", "lora_rank", "model_size", "gpus", "card"};

/// What the size of a model is solved over: the scenario's own family request, or the family that the question names.
json family_model(const json& request) {
  const json& model = request["scenario"].value("model", json());
  if (const auto named = request.find("family"); named != request.end()) return {{"family", *named}};
  return model.is_object() && model.contains("family") ? model : json();
}

bool applies(Target target, const Scenario& scenario, bool family) {
  const bool inference = scenario.task == Task::inference;
  const Method method = scenario.training.method;
  switch (target) {
    case Target::users: return inference;
    case Target::model_size: return family;
    case Target::lora_rank: return !inference && (method == Method::lora || method == Method::qlora || method == Method::adalora || method == Method::dora);
    case Target::batch:
    case Target::context:
    case Target::gpus:
    case Target::card:
    case Target::count: return true;
  }
  return true;
}

std::string_view field_of(Target target, const Scenario& scenario) {
  const bool inference = scenario.task == Task::inference;
  switch (target) {
    case Target::batch: return inference ? "inference.batch_size" : "training.micro_batch_size";
    case Target::context: return inference ? "inference.context_length" : "training.sequence_length";
    case Target::users: return "inference.batch_size";
    case Target::lora_rank: return "training.lora_rank";
    case Target::model_size: return "model.parameters";
    case Target::gpus: return "hardware.gpus";
    case Target::card:
    case Target::count: return "hardware.gpu";
  }
  return "";
}

/// Writes the answer's members that follow from the changed scenario.
void write_solution(JsonWriter& writer, FitCheck& check, const Scenario& before, const Scenario& after) {
  const Fit fit = check(after);
  writer.member("total_bytes", fit.total.value);
  writer.member("usable_bytes", fit.usable.value);
  writer.key("changes");
  writer.raw(patch_text(before, after));
}

void solve_field(JsonWriter& writer, FitCheck& check, const Scenario& scenario, Target target) {
  const Field& field = *find_field(field_of(target, scenario));
  const std::int64_t value = largest_that_fits(check, scenario, field.path, static_cast<std::int64_t>(field.max));
  writer.member("found", value > 0);
  if (value == 0) return;
  writer.member("value", value);
  if (target == Target::context && check.inventory().max_length > 0) writer.member("model_limit", check.inventory().max_length);
  Scenario after = scenario;
  field.integer(after) = value;
  write_solution(writer, check, scenario, after);
}

/// The largest size of a family that fits, in millions of parameters (networks of convolutions: in ten thousands).
void solve_model_size(JsonWriter& writer, const GpuSpec& gpu, const Scenario& scenario, const json& scenario_json, json model, Issues& issues) {
  const std::string family = model["family"].is_string() ? model["family"].get<std::string>() : std::string();
  const auto known = std::find_if(families().begin(), families().end(), [&](const FamilyInfo& info) { return same_slug(info.name, family); });
  const bool convolutional = known != families().end() && known->convolutional;
  const std::int64_t unit = convolutional ? 10'000 : 1'000'000;
  const std::int64_t image_size = scenario.task == Task::inference ? scenario.inference.image_size : scenario.training.image_size;
  ModelCache sizes;
  const auto ask = [&](std::int64_t units, Issues& found) {
    model["parameters"] = units * unit;
    const LoadedModel& loaded = sizes.load(model, image_size, "model.family", found);
    if (has_errors(found)) return Fit{};
    return FitCheck(loaded.inventory, gpu)(scenario);
  };
  std::int64_t good = static_cast<std::int64_t>((convolutional ? kSmallestConvolutionalSize : kSmallestFamilySize)) / unit;
  std::int64_t bad = static_cast<std::int64_t>(kLargestFamilySize) / unit;
  const bool found = ask(good, issues).fits;
  writer.member("found", found);
  if (!found) return;
  Issues ignored;  // the smallest showed that the request can be read
  if (ask(bad, ignored).fits) good = bad;
  while (bad - good > 1) {
    const std::int64_t middle = good + (bad - good) / 2;
    (ask(middle, ignored).fits ? good : bad) = middle;
  }
  const Fit fit = ask(good, ignored);
  const std::int64_t parameters = good * unit;
  writer.member("value", parameters);
  writer.member("total_bytes", fit.total.value);
  writer.member("usable_bytes", fit.usable.value);
  const json own = scenario_json.value("model", json());
  model["parameters"] = parameters;
  if (own.is_object()) {
    for (const auto& [name, value] : own.items()) {
      if (!model.contains(name)) model[name] = nullptr;  // laid over the scenario, it is taken away
    }
  }
  writer.key("changes");
  writer.raw(json{{"model", model}}.dump(-1, ' ', false, json::error_handler_t::replace));
}

void solve_gpus(JsonWriter& writer, FitCheck& check, const Scenario& scenario) {
  const GpuSpec& gpu = check.gpu();
  for (const std::int64_t count : card_counts(per_node_of(gpu), 1024)) {
    for (const Parallelism& layout : layouts_of(scenario, check.inventory(), count, per_node_of(gpu))) {
      const Scenario after = with_layout(scenario, layout);
      if (!check(after).fits) continue;
      writer.member("found", true);
      writer.member("value", count);
      write_solution(writer, check, scenario, after);
      return;
    }
  }
  writer.member("found", false);
}

void solve_card(JsonWriter& writer, FitCheck& check, const Scenario& scenario) {
  std::vector<const GpuSpec*> cards;
  for (const GpuSpec& gpu : catalog_gpus()) {
    if (gpu.availability == Availability::released) cards.push_back(&gpu);
  }
  std::stable_sort(cards.begin(), cards.end(), [](const GpuSpec* a, const GpuSpec* b) { return a->usable_bytes < b->usable_bytes; });
  const GpuSpec& chosen = check.gpu();
  for (const GpuSpec* gpu : cards) {
    check.set_gpu(*gpu);
    Scenario after = scenario;
    after.hardware.gpu = gpu->id;
    if (!check(after).fits) continue;
    writer.member("found", true);
    writer.member("value", gpu->id);
    write_solution(writer, check, scenario, after);
    check.set_gpu(chosen);
    return;
  }
  check.set_gpu(chosen);
  writer.member("found", false);
}

}  // namespace

std::string fit_ranges_json(std::string_view text) {
  // Errors of legality do not matter here: the ranges are how one finds the way out of them.
  return answer_question(text, {"scenario", "fields"}, Legality::ignored, [](JsonWriter& writer, const json& request, const ReadScenario& read, Issues& issues) {
    if (!can_fit(read, issues)) return;
    const std::vector<std::string_view> fields = names_in(request, "fields", numeric_fields(read.scenario), issues);
    FitCheck check(read.loaded->inventory, *read.gpu);
    const json& scenario_json = request["scenario"];
    const Follow follow = [&](Scenario& scenario) { follow_gpus(scenario_json, scenario); };
    writer.member("usable_bytes", read.gpu->usable_bytes);
    writer.begin_array("ranges");
    for (const std::string_view field : fields) {
      const FitRange range = fit_range(check, read.scenario, field, follow);
      writer.begin_object();
      writer.member("field", range.field);
      writer.member("min", range.min);
      writer.member("max", range.max);
      writer.member("value", range.value);
      if (range.any) {
        writer.member("fits_min", range.fits_min);
        writer.member("fits_max", range.fits_max);
      }
      if (range.any_likely) writer.member("likely_max", range.likely_max);
      writer.end_object();
    }
    writer.end_array();
  });
}

std::string solve_json(std::string_view text) {
  // Errors of legality do not matter here: the ranges are how one finds the way out of them.
  return answer_question(text, {"scenario", "targets", "family"}, Legality::ignored, [](JsonWriter& writer, const json& request, const ReadScenario& read, Issues& issues) {
    if (!can_fit(read, issues)) return;
    std::vector<std::string_view> possible;
    const json family = family_model(request);
    for (std::size_t i = 0; i < kTargets.size(); ++i) {
      if (applies(static_cast<Target>(i), read.scenario, !family.is_null())) possible.push_back(kTargets[i]);
    }
    FitCheck check(read.loaded->inventory, *read.gpu);
    writer.begin_array("solutions");
    for (const std::string_view name : names_in(request, "targets", possible, issues)) {
      const Target target = static_cast<Target>(std::find(kTargets.begin(), kTargets.end(), name) - kTargets.begin());
      writer.begin_object();
      writer.member("target", name);
      writer.member("field", field_of(target, read.scenario));
      if (target == Target::gpus) {
        solve_gpus(writer, check, read.scenario);
      } else if (target == Target::model_size) {
        solve_model_size(writer, *read.gpu, read.scenario, request["scenario"], family, issues);
      } else if (target == Target::card) {
        solve_card(writer, check, read.scenario);
      } else {
        solve_field(writer, check, read.scenario, target);
      }
      writer.end_object();
    }
    writer.end_array();
  });
}

}  // namespace vram
