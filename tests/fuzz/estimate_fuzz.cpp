// libFuzzer target: arbitrary text as a scenario; what is answered without errors is asked again by its own echo.
// SPDX-License-Identifier: MIT
#include "reply_checks.h"
#include "vram/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const nlohmann::json reply = vram::fuzz::parsed(vram::estimate_json(vram::fuzz::as_text(data, size)));
  vram::fuzz::check_estimate(reply);
  if (!reply.contains("scenario") || !reply.contains("memory")) return 0;
  const nlohmann::json again = vram::fuzz::parsed(vram::estimate_json(reply.at("scenario").dump()));
  vram::fuzz::require_that(again.contains("memory") && again.at("memory").at("total_bytes") == reply.at("memory").at("total_bytes"));
  return 0;
}
