// What the widget asks of the engine, as plain functions of a .wasm file alone: Embind and Emscripten's JavaScript would weigh
// 13 kB. The linker leaves out what only other doors need.
// SPDX-License-Identifier: MIT
#include <emscripten.h>
#include <vram/json.h>
#include <vram/issue.h>
#include <vram/messages.h>
#include <vram/model_json.h>

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace {

std::string request, reply;

}  // namespace

namespace vram {

/// Instead of the core's: nobody writes the thousands of tensors of a file into a page, so what reads them stays out.
ModelResult model_from_tensors(const nlohmann::json&) {
  ModelResult result;
  result.issues.push_back(error("wrong_type", "model", "", "The widget takes a name of the catalog, a config or a family; not the tensors of a file."));
  return result;
}

/// Instead of the core's: the widget shows no formulas.
std::string_view formula_text_zh(std::string_view english) { return english; }

}  // namespace vram

extern "C" {

/// Where to put that many bytes of a request.
EMSCRIPTEN_KEEPALIVE char* room(std::size_t bytes) {
  request.resize(bytes);
  return request.data();
}

/// Answers the scenario that was put there. A reply stays until the next call.
EMSCRIPTEN_KEEPALIVE const char* answer() {
  reply = vram::plain_estimate_json(request);
  return reply.data();
}

/// The lists that the controls offer.
EMSCRIPTEN_KEEPALIVE const char* lists() {
  reply = "{\"models\":" + vram::models_json() + ",\"gpus\":" + vram::gpus_json() + ",\"fields\":" + vram::fields_json() + '}';
  return reply.data();
}

EMSCRIPTEN_KEEPALIVE std::size_t answered() { return reply.size(); }
}
