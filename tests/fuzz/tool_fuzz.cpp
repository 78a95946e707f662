// libFuzzer target: arbitrary text as a call of a tool.
// SPDX-License-Identifier: MIT
#include "reply_checks.h"
#include "vram/tools.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const nlohmann::json reply = vram::fuzz::parsed(vram::tool_json(vram::fuzz::as_text(data, size)));
  const bool failed = vram::fuzz::has_error(reply.at("structuredContent"));
  vram::fuzz::require_that(failed == reply.contains("isError"));
  vram::fuzz::require_that(reply.at("content").at(0).at("type") == "text" && !reply.at("content").at(0).at("text").get_ref<const std::string&>().empty());
  return 0;
}
