// Uses the library as an installed one: text in, text out, and the typed way.
// SPDX-License-Identifier: MIT
#include <vram/catalog.h>
#include <vram/estimate.h>
#include <vram/json.h>
#include <vram/version.h>

#include <cstdio>
#include <string>

int main() {
  const std::string result = vram::estimate_json(R"({"model": "meta-llama/Llama-3.1-8B", "hardware": {"gpu": "rtx-4090"}})");
  if (vram::version() != vram::kVersion) return 1;
  std::printf("%s\n", result.c_str());
  return 0;
}
