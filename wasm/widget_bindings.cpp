// What the widget asks of the engine, as plain functions: Embind and its JavaScript would weigh 10 kB. The linker leaves out
// what only other doors need.
// SPDX-License-Identifier: MIT
#include <emscripten.h>
#include <vram/json.h>

#include <cstddef>
#include <string>

namespace {

std::string request, reply;

}  // namespace

extern "C" {

/// Where to put that many bytes of a request.
EMSCRIPTEN_KEEPALIVE char* room(std::size_t bytes) {
  request.resize(bytes);
  return request.data();
}

/// Answers what was put there: a scenario, or (`is_catalog`) the name of a catalog. The reply stays until the next call.
EMSCRIPTEN_KEEPALIVE const char* answer(bool is_catalog) {
  reply = is_catalog ? vram::catalog_json(request) : vram::estimate_json(request);
  return reply.data();
}

EMSCRIPTEN_KEEPALIVE std::size_t answered() { return reply.size(); }
}
