// What the tables of texts have in common.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "vram/messages.h"

namespace vram {

constexpr bool sorted_by_code(std::span<const Message> rows) {
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (!(rows[i - 1].code < rows[i].code)) return false;
  }
  return true;
}

}  // namespace vram
