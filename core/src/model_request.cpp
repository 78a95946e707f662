// Model requests.
// SPDX-License-Identifier: MIT
#include "model_request.h"

#include "model_json_edge.h"
#include "scenario_json.h"
#include "vram/cnn.h"

namespace vram {

using nlohmann::json;

namespace {

ModelResult read_model(const json& request) {
  ModelResult result;
  if (request.is_null()) {
    result.issues.push_back(error("missing_field", "model", "", "A model is required: a catalog id, or an object with \"config\", \"family\" or \"tensors\"."));
  } else if (request.is_string()) {
    result = model_from_catalog(request.get_ref<const std::string&>());
  } else if (request.is_object() && request.contains("config")) {
    result = model_from_config(request["config"]);
  } else if (request.is_object() && request.contains("family")) {
    result = model_from_family(request);
  } else if (request.is_object() && request.contains("tensors")) {
    result = model_from_tensors(request);
  } else {
    result.issues.push_back(error("wrong_type", "model", excerpt(request), "model must be a catalog id or an object with \"config\", \"family\" or \"tensors\", not " + excerpt(request) + "."));
  }
  return result;
}

void resize(LoadedModel& loaded, std::int64_t image_size, std::string_view field) {
  loaded.model.image_size = image_size;
  const CnnTable* table = find_cnn(loaded.model.cnn_id);
  const std::int64_t smallest = table != nullptr ? cnn_smallest_image(*table) : 0;
  if (image_size >= smallest) return;
  const std::string number = std::to_string(image_size);
  const std::string name(field);
  loaded.issues.push_back(error("image_too_small", name, number,
                                name + " is " + number + "; this network takes images of at least " + std::to_string(smallest) + " pixels."));
}

}  // namespace

const LoadedModel& ModelCache::load(const json& request, std::int64_t image_size, std::string_view field, Issues& issues) {
  const bool resized = loaded_.model.architecture == Architecture::cnn && (image_size != image_size_ || field != image_field_);
  if (!evaluator_ || request != request_ || resized) {
    ModelResult result = read_model(request);
    loaded_ = LoadedModel{};
    loaded_.model = std::move(result.model);
    loaded_.issues = std::move(result.issues);
    if (loaded_.model.architecture == Architecture::cnn && image_size > 0) resize(loaded_, image_size, field);
    if (!has_errors(loaded_.issues)) {
      loaded_.inventory = build_inventory(loaded_.model);
      loaded_.counts = count_parameters(loaded_.inventory);
    }
    loaded_.request_text = request.dump(-1, ' ', false, json::error_handler_t::replace);
    evaluator_ = std::make_unique<Evaluator>(loaded_.inventory);
    request_ = request;
    image_size_ = image_size;
    image_field_ = field;
  }
  issues.insert(issues.end(), loaded_.issues.begin(), loaded_.issues.end());
  return loaded_;
}

}  // namespace vram
