// The version compiled into the library.
// SPDX-License-Identifier: MIT
#include <vram/version.h>

namespace vram {

std::string_view version() { return kVersion; }

}  // namespace vram
