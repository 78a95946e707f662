// The library's text functions under their JavaScript names. Translation only.
// SPDX-License-Identifier: MIT
#include <emscripten/bind.h>
#include <vram/json.h>
#include <vram/version.h>

#include <string>

EMSCRIPTEN_BINDINGS(vram) {
  emscripten::function("estimate", +[](const std::string& request) { return vram::estimate_json(request); });
  emscripten::function("catalog", +[](const std::string& kind) { return vram::catalog_json(kind); });
  emscripten::function("version", +[] { return std::string(vram::version()); });
}
