// Strong quantities: a number never crosses a public header without its unit.
// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <compare>
#include <cstdint>

namespace vram {

/// 2^30 bytes: what drivers, allocators and this project mean by "GiB".
inline constexpr double kBytesPerGib = 1073741824.0;
/// 2^20 bytes.
inline constexpr double kBytesPerMib = 1048576.0;
/// 10^9 bytes: what data sheets mean by "GB".
inline constexpr double kBytesPerGb = 1e9;

/// Largest whole number a double (and so JSON and JavaScript) holds exactly, 2^53.
inline constexpr double kLargestExact = 9007199254740992.0;

/// Whole bytes, at most 2^53 so that every reader of the JSON sees the same integer.
struct Bytes {
  std::int64_t value = 0;

  constexpr auto operator<=>(const Bytes&) const = default;
  constexpr Bytes& operator+=(Bytes other) {
    value += other.value;
    return *this;
  }
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return {a.value + b.value}; }
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return {a.value - b.value}; }
  [[nodiscard]] constexpr double gib() const { return static_cast<double>(value) / kBytesPerGib; }
};

/// Rounds a byte count up to a whole byte, once, and saturates at 2^53 (callers report that as an issue).
[[nodiscard]] inline Bytes whole_bytes(double bytes) {
  if (!(bytes > 0.0)) return {0};
  if (bytes >= kLargestExact) return {static_cast<std::int64_t>(kLargestExact)};
  return {static_cast<std::int64_t>(std::ceil(bytes))};
}

/// Seconds of wall-clock time.
struct Seconds {
  double value = 0.0;
};

/// Floating-point operations (a multiply-add counts as two).
struct Flops {
  double value = 0.0;
};

}  // namespace vram
