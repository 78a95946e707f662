// libFuzzer target: arbitrary text as a pasted log, alone and beside a scenario.
// SPDX-License-Identifier: MIT
#include "reply_checks.h"
#include "vram/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view log = vram::fuzz::as_text(data, size);
  vram::fuzz::has_error(vram::fuzz::parsed(vram::read_log_json(log)));
  nlohmann::json request = {{"log", log}, {"scenario", {{"model", "meta-llama/Llama-3.1-8B"}, {"hardware", {{"gpu", "h100-sxm5-80gb"}}}}}};
  vram::fuzz::has_error(vram::fuzz::parsed(vram::read_log_json(request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))));
  return 0;
}
