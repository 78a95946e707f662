// JSON text, written by hand because one result is written for every frame of a moving slider.
// SPDX-License-Identifier: MIT
#include "json_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "vram/units.h"

namespace vram {

void JsonWriter::put(char c) {
  if (used_ == buffer_.size()) flush();
  buffer_[used_++] = c;
}

void JsonWriter::put(std::string_view text) {
  if (text.size() > buffer_.size() - used_) {
    flush();
    if (text.size() > buffer_.size()) {
      out_ += text;
      return;
    }
  }
  std::memcpy(buffer_.data() + used_, text.data(), text.size());
  used_ += text.size();
}

void JsonWriter::flush() {
  out_.append(buffer_.data(), used_);
  used_ = 0;
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (!first_) put(',');
  first_ = false;
}

void JsonWriter::open(char bracket) {
  separate();
  put(bracket);
  first_ = true;
  ++depth_;
}

void JsonWriter::close(char bracket) {
  put(bracket);
  first_ = false;
  --depth_;
  end_value();
}

void JsonWriter::key(std::string_view name) {
  separate();
  put('"');
  put(name);
  put("\":");
  after_key_ = true;
}

void JsonWriter::put_quoted(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::size_t plain = 0;  // first character not yet written
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto u = static_cast<unsigned char>(text[i]);
    if (u >= 0x20 && u != '"' && u != '\\') continue;
    put(text.substr(plain, i - plain));
    plain = i + 1;
    put('\\');
    if (u >= 0x20) {
      put(text[i]);
    } else {
      put("u00");
      put(kHex[u >> 4U]);
      put(kHex[u & 15U]);
    }
  }
  put(text.substr(plain));
}

void JsonWriter::raw_key(std::string_view json) {
  separate();
  put(json);
  put(':');
  after_key_ = true;
}

void JsonWriter::text(std::string_view value) {
  separate();
  put('"');
  put_quoted(value);
  put('"');
  end_value();
}

void JsonWriter::integer(std::int64_t value) {
  separate();
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  put({buffer, static_cast<std::size_t>(end - buffer)});
  end_value();
}

void JsonWriter::number(double value) {
  separate();
  char buffer[64];
  put({buffer, static_cast<std::size_t>(write_number(buffer, value) - buffer)});
  end_value();
}

void JsonWriter::flag(bool value) {
  separate();
  put(value ? std::string_view("true") : std::string_view("false"));
  end_value();
}

void JsonWriter::raw(std::string_view json) {
  separate();
  put(json);
  end_value();
}

char* write_number(char* buffer, double value) {
  static constexpr std::size_t kRoom = 64;
  if (!std::isfinite(value)) return std::copy_n("null", 4, buffer);
  if (value == std::floor(value) && std::fabs(value) <= kLargestExact) {
    return std::to_chars(buffer, buffer + kRoom, static_cast<std::int64_t>(value)).ptr;
  }
  // libc formatting differs between platforms and adds to the wasm; the JSON library has a shortest-digits writer.
  return nlohmann::detail::to_chars(buffer, buffer + kRoom, value);
}

std::string json_number(double value) {
  char buffer[64];
  return {buffer, write_number(buffer, value)};
}

}  // namespace vram
