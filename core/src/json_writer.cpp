// JSON text, written by hand because one result is written for every frame of a moving slider.
// SPDX-License-Identifier: MIT
#include "json_writer.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "vram/units.h"

namespace vram {

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (!first_) out_ += ',';
  first_ = false;
}

void JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  first_ = true;
}

void JsonWriter::close(char bracket) {
  out_ += bracket;
  first_ = false;
}

void JsonWriter::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  after_key_ = true;
}

void JsonWriter::text(std::string_view value) {
  separate();
  out_ += '"';
  for (const char c : value) {
    const unsigned char u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += c;
    } else if (u < 0x20) {
      static constexpr std::string_view kHex = "0123456789abcdef";
      out_ += "\\u00";
      out_ += kHex[u >> 4U];
      out_ += kHex[u & 15U];
    } else {
      out_ += c;
    }
  }
  out_ += '"';
}

void JsonWriter::integer(std::int64_t value) {
  separate();
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out_.append(buffer, end);
}

void JsonWriter::number(double value) {
  separate();
  out_ += json_number(value);
}

void JsonWriter::flag(bool value) {
  separate();
  out_ += value ? "true" : "false";
}

void JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
}

std::string json_number(double value) {
  char buffer[64];
  if (!std::isfinite(value)) return "null";
  if (value == std::floor(value) && std::fabs(value) <= kLargestExact) {
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, static_cast<std::int64_t>(value)).ptr};
  }
  // libc formatting differs between platforms and adds to the wasm; the JSON library has a shortest-digits writer.
  return {buffer, nlohmann::detail::to_chars(buffer, buffer + sizeof buffer, value)};
}

}  // namespace vram
