// The library's text functions under their JavaScript names. Translation only.
// SPDX-License-Identifier: MIT
#include <emscripten/bind.h>
#include <emscripten/val.h>
#include <vram/json.h>
#include <vram/recommend.h>
#include <vram/solve.h>
#include <vram/sweep.h>
#include <vram/tools.h>
#include <vram/version.h>

#include <string>

namespace {

/// The numbers as a copy, so that nobody holds the module's memory.
emscripten::val sweep(const std::string& request) {
  const vram::SweepTable table = vram::sweep(request);
  emscripten::val result = emscripten::val::object();
  result.set("head", vram::sweep_head_json(table));
  result.set("numbers", emscripten::val::global("Float64Array").new_(emscripten::val(emscripten::typed_memory_view(table.numbers.size(), table.numbers.data()))));
  return result;
}

}  // namespace

EMSCRIPTEN_BINDINGS(vram) {
  emscripten::function("estimate", +[](const std::string& request) { return vram::estimate_json(request); });
  emscripten::function("catalog", +[](const std::string& kind) { return vram::catalog_json(kind); });
  emscripten::function("documented", +[](const std::string& request) { return vram::documented_json(request); });
  emscripten::function("fitRanges", +[](const std::string& request) { return vram::fit_ranges_json(request); });
  emscripten::function("recommend", +[](const std::string& request) { return vram::recommend_json(request); });
  emscripten::function("solve", +[](const std::string& request) { return vram::solve_json(request); });
  emscripten::function("sweep", &sweep);
  emscripten::function("tool", +[](const std::string& request) { return vram::tool_json(request); });
  emscripten::function("tools", +[] { return vram::tools_json(); });
  emscripten::function("version", +[] { return std::string(vram::version()); });
}
