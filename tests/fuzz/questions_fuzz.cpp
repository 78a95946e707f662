// libFuzzer target: arbitrary text as each of the questions beside the estimate.
// SPDX-License-Identifier: MIT
#include "reply_checks.h"
#include "vram/recommend.h"
#include "vram/solve.h"
#include "vram/sweep.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view request = vram::fuzz::as_text(data, size);
  for (const auto ask : {vram::sweep_json, vram::fit_ranges_json, vram::solve_json, vram::recommend_json}) {
    vram::fuzz::has_error(vram::fuzz::parsed(ask(request)));
  }
  return 0;
}
