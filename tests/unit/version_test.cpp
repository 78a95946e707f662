// The library answers with the version that project() in CMakeLists.txt states.
// SPDX-License-Identifier: MIT
#include <vram/version.h>

#include <gtest/gtest.h>

#include <algorithm>

namespace {

TEST(Version, IsTheOneOfTheProject) {
  EXPECT_EQ(VRAM_PROJECT_VERSION, vram::version());
  EXPECT_EQ(vram::kVersion, vram::version());
}

TEST(Version, HasThreeNumbers) {
  const std::string_view version = vram::version();
  EXPECT_EQ(2, std::count(version.begin(), version.end(), '.'));
  EXPECT_EQ(std::string_view::npos, version.find_first_not_of("0123456789."));
}

}  // namespace
