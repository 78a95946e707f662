// Models that a request describes itself. A file of its own: a program that defines the function (the widget does) is linked
// without the readers of configs, families and file headers.
// SPDX-License-Identifier: MIT
#include "model_json_edge.h"
#include "scenario_json.h"

namespace vram {

ModelResult model_from_object(const nlohmann::json& request) {
  if (request.is_object() && request.contains("config")) return model_from_config(request["config"]);
  if (request.is_object() && request.contains("family")) return model_from_family(request);
  if (request.is_object() && request.contains("tensors")) return model_from_tensors(request);
  ModelResult result;
  result.issues.push_back(error("wrong_type", "model", excerpt(request), "model must be a catalog id or an object with \"config\", \"family\" or \"tensors\", not " + excerpt(request) + "."));
  return result;
}

}  // namespace vram
