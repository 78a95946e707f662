// Names compared the way people type them: letter case, spaces and punctuation do not matter.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vram {

/// Yields a text as lower-case letters and digits with one '-' for each run of anything else, none at the ends.
/// Bytes of other scripts are kept as they are. Reads in place, so comparing allocates nothing.
class SlugReader {
 public:
  explicit constexpr SlugReader(std::string_view text) : text_(text) { skip_separators(); }

  /// The next character, or '\0' at the end.
  constexpr char next() {
    if (position_ == text_.size()) return '\0';
    if (is_word(text_[position_])) return lower(text_[position_++]);
    skip_separators();
    return position_ == text_.size() ? '\0' : '-';
  }

 private:
  static constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
  static constexpr bool is_word(char c) {
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
  }
  constexpr void skip_separators() {
    while (position_ < text_.size() && !is_word(text_[position_])) ++position_;
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

[[nodiscard]] constexpr bool same_slug(std::string_view a, std::string_view b) {
  SlugReader left(a), right(b);
  for (;;) {
    const char l = left.next();
    if (l != right.next()) return false;
    if (l == '\0') return true;
  }
}

[[nodiscard]] constexpr bool slug_starts_with(std::string_view text, std::string_view beginning) {
  SlugReader whole(text), part(beginning);
  for (;;) {
    const char p = part.next();
    if (p == '\0') return true;
    if (p != whole.next()) return false;
  }
}

[[nodiscard]] inline std::string slug_of(std::string_view text) {
  std::string slug;
  slug.reserve(text.size());
  SlugReader reader(text);
  for (char c = reader.next(); c != '\0'; c = reader.next()) slug.push_back(c);
  return slug;
}

}  // namespace vram
