// Reads what engines and drivers print about memory: vLLM and llama.cpp start logs, CUDA out-of-memory messages,
// nvidia-smi lines. Pasted text in, named values out.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vram/issue.h"

namespace vram {

enum class LogKind : unsigned char { unknown, vllm, llama_cpp, out_of_memory, nvidia_smi };
[[nodiscard]] std::string_view name_of(LogKind kind);

/// How values of one name from several lines become one.
enum class LogMerge : unsigned char {
  largest,  ///< the worst rank
  sum,      ///< buffers of several devices
};

/// One recognised value. `name` says the unit: `_bytes`, `_tokens`, or none for counts and shares.
struct LogValue {
  std::string_view name;
  double value = 0;
  double largest = 0;      ///< of the lines merged into it: the worst device
  std::int64_t line = 0;   ///< first line it stood on, from 1
  std::int64_t times = 1;  ///< lines merged into it
};

struct LogReading {
  LogKind kind = LogKind::unknown;  ///< of most values
  std::vector<LogValue> values;     ///< each name once
  Issues issues;
  [[nodiscard]] const LogValue* find(std::string_view name) const;
};

/// Never fails: what cannot be read is an issue that names its line. Reads at most 4 MiB and 50 000 lines.
[[nodiscard]] LogReading read_log(std::string_view text);

}  // namespace vram
