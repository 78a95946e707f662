// libFuzzer target: arbitrary bytes behind the GGUF magic.
// SPDX-License-Identifier: MIT
#include <cstring>
#include <string>

#include "tensor_file_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (size >= 4) std::memcpy(bytes.data(), "GGUF", 4);
  vram::fuzz::check_bytes(std::as_bytes(std::span(bytes.data(), bytes.size())));
  return 0;
}
