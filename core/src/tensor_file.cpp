// Recognises a model file by its first bytes; look-ups and checks common to the formats.
// SPDX-License-Identifier: MIT
#include "vram/tensor_file.h"

#include <algorithm>
#include <utility>

#include "tensor_file_parts.h"

namespace vram {

std::string_view name_of(TensorFileFormat format) {
  switch (format) {
    case TensorFileFormat::gguf:
      return "gguf";
    case TensorFileFormat::safetensors:
      return "safetensors";
    case TensorFileFormat::safetensors_index:
      return "safetensors_index";
  }
  return "gguf";
}

const MetadataEntry* TensorFile::find(std::string_view key) const {
  const auto found =
      std::find_if(metadata.begin(), metadata.end(), [key](const MetadataEntry& e) { return e.key == key; });
  return found == metadata.end() ? nullptr : &*found;
}

std::optional<std::int64_t> TensorFile::integer(std::string_view key) const {
  const MetadataEntry* entry = find(key);
  const auto* value = entry == nullptr ? nullptr : std::get_if<std::int64_t>(&entry->value);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::vector<std::int64_t> TensorFile::integers(std::string_view key) const {
  const MetadataEntry* entry = find(key);
  if (entry == nullptr) return {};
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&entry->value)) return *list;
  if (const auto* value = std::get_if<std::int64_t>(&entry->value)) return {*value};
  return {};
}

std::optional<double> TensorFile::number(std::string_view key) const {
  const MetadataEntry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  if (const auto* value = std::get_if<double>(&entry->value)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&entry->value)) return static_cast<double>(*value);
  return std::nullopt;
}

std::string_view TensorFile::text(std::string_view key) const {
  const MetadataEntry* entry = find(key);
  const auto* value = entry == nullptr ? nullptr : std::get_if<std::string>(&entry->value);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

std::int64_t TensorFile::length(std::string_view key) const {
  const MetadataEntry* entry = find(key);
  return entry == nullptr ? 0 : entry->length;
}

namespace detail {
namespace {

/// Length of the UTF-8 sequence that starts at `text[at]`, 0 when it is malformed.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(at);
  if (first < 0x80U) return 1;
  const std::size_t length = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : 2;
  if (first < 0xC2U || first > 0xF4U) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return 0;
  }
  const unsigned second = byte(at + 1);
  const bool overlong = (first == 0xE0U && second < 0xA0U) || (first == 0xF0U && second < 0x90U);
  const bool outside = (first == 0xEDU && second > 0x9FU) || (first == 0xF4U && second > 0x8FU);
  return overlong || outside ? 0 : length;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 64;
  std::string out = "\"";
  for (const char c : text.substr(0, kShown)) {
    const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
    out += plain ? c : '?';
  }
  if (text.size() > kShown) out += "...";
  return out + "\"";
}

TensorFileResult failure(std::string code, std::string field, std::string value, std::string message) {
  TensorFileResult result;
  result.issues.push_back(error(std::move(code), std::move(field), std::move(value), std::move(message)));
  return result;
}

std::optional<std::int64_t> element_count(std::span<const std::int64_t> shape) {
  constexpr auto kLimit = static_cast<std::int64_t>(kLargestExact);
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  std::int64_t product = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0 || extent > kLimit / product) return std::nullopt;
    product *= extent;
  }
  return product;
}

const std::string* duplicate_name(const std::vector<TensorEntry>& tensors) {
  std::vector<const std::string*> names;
  names.reserve(tensors.size());
  for (const TensorEntry& tensor : tensors) names.push_back(&tensor.name);
  std::sort(names.begin(), names.end(), [](const std::string* a, const std::string* b) { return *a < *b; });
  const auto twice = std::adjacent_find(names.begin(), names.end(),
                                        [](const std::string* a, const std::string* b) { return *a == *b; });
  return twice == names.end() ? nullptr : *twice;
}

bool add_totals(TensorFile& file) {
  constexpr auto kLimit = static_cast<std::int64_t>(kLargestExact);
  for (const TensorEntry& tensor : file.tensors) {
    if (tensor.elements > kLimit - file.elements || tensor.bytes.value > kLimit - file.bytes.value) return false;
    auto row =
        std::find_if(file.totals.begin(), file.totals.end(), [&](const TypeTotal& t) { return t.type == tensor.type; });
    if (row == file.totals.end()) row = file.totals.insert(row, TypeTotal{tensor.type, 0, 0, {}});
    row->tensors += 1;
    row->elements += tensor.elements;
    row->bytes += tensor.bytes;
    file.elements += tensor.elements;
    file.bytes += tensor.bytes;
  }
  return true;
}

void warn_if_cut(TensorFileResult& result, const FileView& view, std::uint64_t data_end) {
  if (!view.file_bytes || data_end <= *view.file_bytes) return;
  result.issues.push_back(warning("file_cut_short", "file", std::to_string(*view.file_bytes),
                                  "The header describes " + std::to_string(data_end) + " bytes but the file has " +
                                      std::to_string(*view.file_bytes) + ": the download is not complete."));
}

}  // namespace detail

TensorFileResult read_tensor_file(std::span<const std::byte> prefix, std::optional<std::uint64_t> file_bytes) {
  detail::FileView view{prefix, file_bytes};
  if (file_bytes && prefix.size() > *file_bytes) view.prefix = prefix.first(static_cast<std::size_t>(*file_bytes));
  constexpr std::size_t kEnough = 9;  // eight bytes of length and the brace of a safetensors header
  if (view.prefix.size() < kEnough && !view.whole()) {
    TensorFileResult result;
    result.more_bytes_needed = kEnough - view.prefix.size();
    return result;
  }
  const auto is = [&](std::size_t at, char c) {
    return at < view.prefix.size() && view.prefix[at] == static_cast<std::byte>(c);
  };
  if (is(0, 'G') && is(1, 'G') && is(2, 'U') && is(3, 'F')) return detail::read_gguf(view);
  if (is(8, '{')) return detail::read_safetensors(view);
  std::size_t start = 0;
  while (is(start, ' ') || is(start, '\n') || is(start, '\r') || is(start, '\t')) ++start;
  if (is(start, '{')) return detail::read_safetensors_index(view);
  return detail::failure("not_a_tensor_file", "file", "",
                         "The file starts like neither GGUF (GGUF), safetensors (a length and a brace) nor a "
                         "safetensors index (a brace).");
}

}  // namespace vram
