// Seconds are no bytes: the compiler has to say so.
// SPDX-License-Identifier: MIT
#include <vram/units.h>

int main() {
  const vram::Bytes bytes = vram::Seconds{1.0};
  return bytes.value > 0 ? 0 : 1;
}
