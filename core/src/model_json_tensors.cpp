// Headers of weight files as JSON, out and in.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "model_json_edge.h"
#include "scenario_json.h"
#include "vram/model_tensors.h"
#include "vram/units.h"

namespace vram {

using nlohmann::json;

namespace {

json metadata_of(const TensorFile& file) {
  json metadata = json::object();
  for (const MetadataEntry& entry : file.metadata) {
    std::visit(
        [&](const auto& value) {
          using Value = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<Value, std::monostate>) {
            metadata[entry.key] = {{"length", entry.length}};
          } else {
            metadata[entry.key] = value;
          }
        },
        entry.value);
  }
  return metadata;
}

json tensors_of(const TensorFile& file) {
  json tensors = json::array();
  for (const TensorEntry& tensor : file.tensors) {
    tensors.push_back({{"name", tensor.name}, {"shape", tensor.shape}, {"type", tensor.type}, {"bytes", tensor.bytes.value}});
  }
  return tensors;
}

json issues_of(const Issues& issues) {
  json list = json::array();
  for (const Issue& issue : issues) {
    list.push_back({{"severity", name_of(issue.severity)}, {"code", issue.code}, {"field", issue.field}, {"message", issue.message}});
  }
  return list;
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

std::string tensor_file_json(std::span<const std::byte> prefix, std::optional<std::uint64_t> file_bytes) {
  const TensorFileResult result = read_tensor_file(prefix, file_bytes);
  json answer = {{"issues", issues_of(result.issues)}};
  if (result.more_bytes_needed > 0) answer["more_bytes_needed"] = result.more_bytes_needed;
  if (result.file) answer["model"] = {{"format", name_of(result.file->format)}, {"metadata", metadata_of(*result.file)}, {"tensors", tensors_of(*result.file)}};
  return answer.dump(-1, ' ', false, json::error_handler_t::replace);
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
