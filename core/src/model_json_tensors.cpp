// Headers of weight files as JSON, out and in.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "json_writer.h"
#include "model_json_edge.h"
#include "request.h"
#include "scenario_json.h"
#include "vram/model_tensors.h"
#include "vram/units.h"

namespace vram {

using nlohmann::json;

namespace {

/// JSON text of a text from a file, which need not be valid UTF-8.
std::string quoted(const std::string& text) { return json(text).dump(-1, ' ', false, json::error_handler_t::replace); }

void write_one(JsonWriter& writer, bool value) { writer.flag(value); }
void write_one(JsonWriter& writer, std::int64_t value) { writer.integer(value); }
void write_one(JsonWriter& writer, double value) { writer.number(value); }
void write_one(JsonWriter& writer, const std::string& value) { writer.raw(quoted(value)); }
template <class Value>
void write_one(JsonWriter& writer, const std::vector<Value>& values) {
  writer.begin_array();
  for (const Value value : values) write_one(writer, value);
  writer.end_array();
}

/// Metadata that describes the model: numbers and short texts under its own name or "general.". Token lists, templates and
/// everything else that only a tokenizer reads stay behind.
void write_metadata(JsonWriter& writer, const TensorFile& file) {
  writer.begin_object("metadata");
  for (const MetadataEntry& entry : file.metadata) {
    if (entry.key.starts_with("tokenizer.") || std::holds_alternative<std::monostate>(entry.value)) continue;
    writer.raw_key(quoted(entry.key));
    std::visit(
        [&](const auto& value) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) write_one(writer, value);
        },
        entry.value);
  }
  writer.end_object();
}

/// A name with every number replaced by '#', and the numbers.
struct NamePattern {
  std::string pattern;
  std::vector<std::int64_t> numbers;
};

NamePattern pattern_of(std::string_view name) {
  NamePattern found;
  for (std::size_t i = 0; i < name.size();) {
    const std::size_t begin = i;
    std::int64_t number = 0;
    for (; i < name.size() && name[i] >= '0' && name[i] <= '9' && i - begin < 9; ++i) number = number * 10 + (name[i] - '0');
    if (i > begin) {
      found.pattern += '#';
      found.numbers.push_back(number);
    } else {
      found.pattern += name[i++];
    }
  }
  return found;
}

struct TensorRow {
  const TensorEntry* tensor = nullptr;
  std::string key;
  std::vector<std::int64_t> numbers;
  std::int64_t count = 1, bytes = 0;
};

/// Tensors that differ in their numbers alone, as one row that carries the highest of them: thousands of tensors become
/// a few dozen rows, which fit into a link. Sorted by pattern.
std::vector<TensorRow> rows_of(const TensorFile& file) {
  std::vector<TensorRow> rows;
  rows.reserve(file.tensors.size());
  for (const TensorEntry& tensor : file.tensors) {
    NamePattern pattern = pattern_of(tensor.name);
    std::string key = std::move(pattern.pattern);
    key.append(1, ' ').append(tensor.type);
    for (const std::int64_t extent : tensor.shape) key.append(1, ' ').append(std::to_string(extent));
    rows.push_back({&tensor, std::move(key), std::move(pattern.numbers), 1, tensor.bytes.value});
  }
  std::sort(rows.begin(), rows.end(), [](const TensorRow& a, const TensorRow& b) { return a.key != b.key ? a.key < b.key : a.numbers > b.numbers; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (kept > 0 && rows[kept - 1].key == rows[i].key) {
      rows[kept - 1].count += 1;
      rows[kept - 1].bytes += rows[i].bytes;
    } else {
      if (kept != i) rows[kept] = std::move(rows[i]);
      ++kept;
    }
  }
  rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(kept), rows.end());
  return rows;
}

void write_tensors(JsonWriter& writer, const TensorFile& file) {
  writer.begin_array("tensors");
  for (const TensorRow& row : rows_of(file)) {
    writer.begin_object();
    writer.key("name");
    writer.raw(quoted(row.tensor->name));
    writer.key("shape");
    write_one(writer, row.tensor->shape);
    writer.key("type");
    writer.raw(quoted(row.tensor->type));
    writer.member("bytes", row.bytes);
    if (row.count > 1) writer.member("repeat", row.count);
    writer.end_object();
  }
  writer.end_array();
}

/// Bytes by type, and how far the header reaches.
void write_summary(JsonWriter& writer, const TensorFile& file) {
  writer.begin_object("file");
  writer.key("name");
  writer.raw(quoted(std::string(file.text("general.name"))));
  writer.member("tensors", static_cast<std::int64_t>(file.tensors.size()));
  writer.member("bytes", file.bytes.value);
  writer.member("header_bytes", file.header_bytes.value);
  writer.begin_array("types");
  for (const TypeTotal& total : file.totals) {
    writer.begin_object();
    writer.key("type");
    writer.raw(quoted(total.type));
    writer.member("tensors", total.tensors);
    writer.member("parameters", total.elements);
    writer.member("bytes", total.bytes.value);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
}

MetadataEntry entry_of(const std::string& key, const json& value) {
  MetadataEntry entry;
  entry.key = key;
  if (value.is_boolean()) {
    entry.value = value.get<bool>();
  } else if (value.is_number_integer() && !value.is_number_unsigned()) {
    entry.value = value.get<std::int64_t>();
  } else if (value.is_number_unsigned() && value.get<std::uint64_t>() <= static_cast<std::uint64_t>(kLargestExact)) {
    entry.value = static_cast<std::int64_t>(value.get<std::uint64_t>());
  } else if (value.is_number()) {
    entry.value = value.get<double>();
  } else if (value.is_string()) {
    entry.value = value.get<std::string>();
  } else if (value.is_array()) {
    entry.length = static_cast<std::int64_t>(value.size());
    std::vector<std::int64_t> numbers;
    for (const json& item : value) {
      if (item.is_number_integer() && item.get<double>() >= -kLargestExact && item.get<double>() <= kLargestExact) numbers.push_back(item.get<std::int64_t>());
    }
    if (numbers.size() == value.size()) entry.value = std::move(numbers);
  } else if (value.is_object() && value.contains("length") && value["length"].is_number_unsigned()) {
    entry.length = static_cast<std::int64_t>(std::min<std::uint64_t>(value["length"].get<std::uint64_t>(), static_cast<std::uint64_t>(kMaxSize)));
  }
  return entry;
}

/// Reads one tensor; false with an issue when it makes no sense.
bool read_tensor(const json& item, std::size_t index, TensorFile& file, Issues& issues) {
  const JsonFields fields(item, "model.tensors[" + std::to_string(index) + "].", issues);
  const std::size_t before = issues.size();
  TensorEntry tensor;
  tensor.name = fields.text("name");
  tensor.type = fields.text("type");
  tensor.shape = fields.sizes("shape", kMaxDimensions);
  double elements = 1;
  for (const std::int64_t extent : tensor.shape) elements *= static_cast<double>(extent);
  elements *= static_cast<double>(fields.integer("repeat", 1, 1, static_cast<std::int64_t>(kMaxTensors)));
  const double bytes = fields.number("bytes", -1, 0, kLargestExact);
  if (issues.size() == before && (tensor.name.empty() || !fields.has("shape") || bytes < 0)) {
    fields.reject(tensor.name.empty() ? "name" : !fields.has("shape") ? "shape" : "bytes", "missing_field", "A tensor needs a name, a shape and its bytes.");
  }
  const double sum = static_cast<double>(file.elements) + elements;
  const double sum_bytes = static_cast<double>(file.bytes.value) + bytes;
  if (issues.size() == before && (sum > kLargestExact || sum_bytes > kLargestExact)) {
    fields.reject("shape", "out_of_range", "The tensors hold more than 9 007 199 254 740 992 elements or bytes.");
  }
  if (issues.size() > before) return false;
  tensor.elements = static_cast<std::int64_t>(elements);
  tensor.bytes = {static_cast<std::int64_t>(bytes)};
  file.elements += tensor.elements;
  file.bytes += tensor.bytes;
  file.tensors.push_back(std::move(tensor));
  return true;
}

}  // namespace

std::string tensor_file_json(std::span<const std::byte> prefix, std::optional<std::uint64_t> file_bytes, Language language) {
  TensorFileResult result = read_tensor_file(prefix, file_bytes);
  localise(result.issues, language);
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  if (result.more_bytes_needed > 0) writer.member("more_bytes_needed", static_cast<std::int64_t>(result.more_bytes_needed));
  if (result.file) {
    writer.begin_object("model");
    writer.member("format", name_of(result.file->format));
    write_metadata(writer, *result.file);
    write_tensors(writer, *result.file);
    writer.end_object();
    write_summary(writer, *result.file);
  }
  write_issues(writer, result.issues);
  writer.end_object();
  return out;
}

ModelResult model_from_tensors(const json& request) {
  ModelResult result;
  const json& tensors = request["tensors"];
  if (!tensors.is_array() || tensors.empty() || tensors.size() > kMaxTensors) {
    result.issues.push_back(error("wrong_type", "model.tensors", excerpt(tensors), "model.tensors must be a list of 1 to " + std::to_string(kMaxTensors) + " tensors."));
    return result;
  }
  TensorFile file;
  const auto metadata = request.find("metadata");
  if (metadata != request.end() && metadata->is_object()) {
    for (const auto& [key, value] : metadata->items()) file.metadata.push_back(entry_of(key, value));
  }
  const auto format = request.find("format");
  const bool named = format != request.end() && format->is_string();
  const bool gguf = named ? *format == "gguf" : file.find("general.architecture") != nullptr;
  file.format = gguf ? TensorFileFormat::gguf : named && *format == "safetensors_index" ? TensorFileFormat::safetensors_index : TensorFileFormat::safetensors;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (file.format == TensorFileFormat::safetensors_index) break;
    if (!read_tensor(tensors[i], i, file, result.issues)) return result;
  }
  return model_from_tensor_file(file);
}

}  // namespace vram
