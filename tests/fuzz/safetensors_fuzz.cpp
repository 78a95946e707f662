// libFuzzer target: arbitrary bytes as a safetensors file, as its JSON header with a fitting length before it, and as
// an index. SPDX-License-Identifier: MIT
#include <string>

#include "tensor_file_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> raw = std::as_bytes(std::span(data, size));
  vram::fuzz::check_bytes(raw);
  std::string wrapped;
  for (unsigned shift = 0; shift < 64; shift += 8) wrapped += static_cast<char>(size >> shift & 0xFFU);
  wrapped.append(reinterpret_cast<const char*>(data), size);
  vram::fuzz::check_bytes(std::as_bytes(std::span(wrapped.data(), wrapped.size())));
  return 0;
}
