// The library's text functions under their JavaScript names. Translation only.
// SPDX-License-Identifier: MIT
#include <emscripten/bind.h>
#include <emscripten/val.h>
#include <vram/advice.h>
#include <vram/json.h>
#include <vram/model_tensors.h>
#include <vram/plan.h>
#include <vram/recommend.h>
#include <vram/solve.h>
#include <vram/sweep.h>
#include <vram/tools.h>
#include <vram/version.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace {

/// What the function answers, as bytes that are good until its next call. A std::string would be searched for its end one
/// byte at a time in JavaScript; a TextDecoder reads the bytes at once.
template <std::string (*kFunction)(std::string_view)>
emscripten::val bytes_of(const std::string& request) {
  static std::string text;
  text = kFunction(request);
  return emscripten::val(emscripten::typed_memory_view(text.size(), reinterpret_cast<const unsigned char*>(text.data())));
}

/// The numbers as a copy, so that nobody holds the module's memory.
emscripten::val sweep(const std::string& request) {
  const vram::SweepTable table = vram::sweep(request);
  emscripten::val result = emscripten::val::object();
  result.set("head", vram::sweep_head_json(table));
  result.set("numbers", emscripten::val::global("Float64Array").new_(emscripten::val(emscripten::typed_memory_view(table.numbers.size(), table.numbers.data()))));
  return result;
}

/// The first bytes of a file of `file_bytes` (negative = unknown).
std::string tensor_file(const std::string& prefix, double file_bytes, bool chinese) {
  const std::optional<std::uint64_t> size = file_bytes >= 0 ? std::optional(static_cast<std::uint64_t>(file_bytes)) : std::nullopt;
  return vram::tensor_file_json(std::as_bytes(std::span(prefix.data(), prefix.size())), size, chinese ? vram::Language::zh : vram::Language::en);
}

}  // namespace

EMSCRIPTEN_BINDINGS(vram) {
  emscripten::function("estimate", &bytes_of<vram::estimate_json>);
  emscripten::function("advise", &bytes_of<vram::advise_json>);
  emscripten::function("catalog", &bytes_of<vram::catalog_json>);
  emscripten::function("documented", &bytes_of<vram::documented_json>);
  emscripten::function("fitRanges", &bytes_of<vram::fit_ranges_json>);
  emscripten::function("plan", &bytes_of<vram::plan_json>);
  emscripten::function("readLog", &bytes_of<vram::read_log_json>);
  emscripten::function("recommend", &bytes_of<vram::recommend_json>);
  emscripten::function("solve", &bytes_of<vram::solve_json>);
  emscripten::function("sweep", &sweep);
  emscripten::function("tensorFile", &tensor_file);
  emscripten::function("tool", +[](const std::string& request) { return vram::tool_json(request); });
  emscripten::function("tools", +[] { return vram::tools_json(); });
  emscripten::function("version", +[] { return std::string(vram::version()); });
}
