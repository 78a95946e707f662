// libFuzzer target: arbitrary text as the config.json of a model, for inference and for training.
// SPDX-License-Identifier: MIT
#include <string>

#include "reply_checks.h"
#include "vram/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const char* task : {"inference", "finetuning"}) {
    std::string request = R"({"task":")" + std::string(task) + R"(","hardware":{"gpu":"h100-sxm5-80gb"},"model":{"config":)";
    request += vram::fuzz::as_text(data, size);
    request += "}}";
    vram::fuzz::check_estimate(vram::fuzz::parsed(vram::estimate_json(request)));
  }
  return 0;
}
