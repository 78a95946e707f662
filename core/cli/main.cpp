// The command line: reads a request, writes a result.
// SPDX-License-Identifier: MIT
#include <vram/version.h>

#include <cstdio>
#include <string_view>

namespace {

constexpr int kExitRead = 1;

}  // namespace

int main(int argc, char** argv) {
  const std::string_view verb = argc > 1 ? argv[1] : "";
  if (verb == "--version") {
    std::printf("vram-calculator %.*s\n", static_cast<int>(vram::version().size()), vram::version().data());
    return 0;
  }
  std::fputs("usage: vram-calculator --version\n", stderr);
  return kExitRead;
}
