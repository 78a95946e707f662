// Appends JSON text to a string. Numbers are whole when they are whole, else the shortest text that reads back the same.
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vram {

/// The text is appended to `out` when a whole value is finished, piece by piece before that: the C++ library that comes
/// with Emscripten takes a dozen calls to append one character.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { open('{'); }
  void begin_object(std::string_view name) { key(name); open('{'); }
  void end_object() { close('}'); }
  void begin_array(std::string_view name) { key(name); open('['); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  void key(std::string_view name);
  /// A key that already is JSON text, quotes included.
  void raw_key(std::string_view json);
  void text(std::string_view value);
  void integer(std::int64_t value);
  void number(double value);
  void flag(bool value);
  /// Appends text that already is JSON.
  void raw(std::string_view json);

  void member(std::string_view name, std::string_view value) { key(name); text(value); }
  void member(std::string_view name, const char* value) { key(name); text(value); }
  void member(std::string_view name, std::int64_t value) { key(name); integer(value); }
  void member(std::string_view name, double value) { key(name); number(value); }
  void member(std::string_view name, bool value) { key(name); flag(value); }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();
  void put(char c);
  void put(std::string_view text);
  void put_quoted(std::string_view text);
  void flush();
  /// Hands over what was written once the outermost value is complete.
  void end_value() {
    if (depth_ == 0) flush();
  }

  std::string& out_;
  std::size_t used_ = 0;
  int depth_ = 0;
  bool first_ = true;
  bool after_key_ = false;
  std::array<char, 512> buffer_;
};

/// JSON text of a double, as JsonWriter::number writes it.
[[nodiscard]] std::string json_number(double value);

/// The same into `buffer`, which holds at least 64 characters; returns the end.
[[nodiscard]] char* write_number(char* buffer, double value);

}  // namespace vram
