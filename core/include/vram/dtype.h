// Number formats of tensors that live unpacked in device memory, and their width.
// Packed weight formats (NF4, GPTQ, GGUF types, ...) are in quant_format.h.
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string_view>

namespace vram {

enum class Dtype : unsigned char { fp32, bf16, fp16, fp8, int8 };

struct DtypeRow {
  Dtype id;
  std::string_view name;
  double bytes;
};

inline constexpr std::array<DtypeRow, 5> kDtypes = {{
    {Dtype::fp32, "fp32", 4.0},
    {Dtype::bf16, "bf16", 2.0},
    {Dtype::fp16, "fp16", 2.0},
    {Dtype::fp8, "fp8", 1.0},
    {Dtype::int8, "int8", 1.0},
}};

/// Bytes of one element.
[[nodiscard]] constexpr double bytes_of(Dtype dtype) { return kDtypes[static_cast<unsigned>(dtype)].bytes; }
[[nodiscard]] constexpr std::string_view name_of(Dtype dtype) { return kDtypes[static_cast<unsigned>(dtype)].name; }

}  // namespace vram
