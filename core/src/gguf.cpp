// GGUF headers: magic, version, metadata, tensor list. Layout: docs/gguf.md of the ggml repository.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "tensor_file_parts.h"
#include "vram/quant_format.h"

namespace vram::detail {
namespace {

enum class ValueType : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, string, array, u64, i64, f64, count };

/// Bytes of a scalar; 0 for texts and arrays.
constexpr std::uint64_t scalar_bytes(ValueType type) {
  constexpr std::uint64_t kBytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return kBytes[static_cast<std::uint32_t>(type)];
}

constexpr bool is_floating(ValueType type) { return type == ValueType::f32 || type == ValueType::f64; }

template <typename T>
T read_as(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

std::int64_t integer_at(const std::byte* at, ValueType type) {
  switch (type) {
    case ValueType::u8:
      return read_as<std::uint8_t>(at);
    case ValueType::i8:
      return read_as<std::int8_t>(at);
    case ValueType::u16:
      return read_as<std::uint16_t>(at);
    case ValueType::i16:
      return read_as<std::int16_t>(at);
    case ValueType::u32:
      return read_as<std::uint32_t>(at);
    case ValueType::i32:
      return read_as<std::int32_t>(at);
    case ValueType::u64:
      return static_cast<std::int64_t>(std::min(read_as<std::uint64_t>(at), std::uint64_t{INT64_MAX}));
    case ValueType::boolean:
      return read_as<std::uint8_t>(at) != 0 ? 1 : 0;
    default:
      return read_as<std::int64_t>(at);
  }
}

double floating_at(const std::byte* at, ValueType type) {
  return type == ValueType::f32 ? static_cast<double>(read_as<float>(at)) : read_as<double>(at);
}

/// Steps through the bytes. Every method returns false once bytes are missing or something is wrong; `result` then says
/// which.
class GgufReader {
 public:
  explicit GgufReader(const FileView& view) : view_(view) {}

  TensorFileResult run() {
    if (preamble() && all_metadata() && all_tensors() && finish()) result_.file = std::move(file_);
    return std::move(result_);
  }

 private:
  bool fail(std::string code, std::string field, std::string value, std::string message) {
    result_ = failure(std::move(code), std::move(field), std::move(value), std::move(message));
    return false;
  }

  /// True when `count` more bytes are there.
  bool available(std::uint64_t count) {
    const std::uint64_t size = view_.prefix.size();
    if (count <= size - at_) return true;
    if (view_.whole() || (view_.file_bytes && count > *view_.file_bytes - at_)) {
      return fail("truncated_file", "file", std::to_string(view_.file_bytes.value_or(size)),
                  "The file ends inside its header, at byte " + std::to_string(at_) + ".");
    }
    constexpr std::uint64_t kStep = 1U << 20U;
    std::uint64_t more = std::max(count - (size - at_), std::max(size, kStep));
    if (view_.file_bytes) more = std::min(more, *view_.file_bytes - size);
    result_.more_bytes_needed = more;
    return false;
  }

  template <typename T>
  bool take(T& value) {
    if (!available(sizeof(T))) return false;
    value = read_as<T>(here());
    at_ += sizeof(T);
    return true;
  }

  /// Counts and lengths: 32 bits in version 1, 64 bits later.
  bool take_count(std::uint64_t& value) {
    if (file_.version > 1) return take(value);
    std::uint32_t narrow = 0;
    if (!take(narrow)) return false;
    value = narrow;
    return true;
  }

  bool take_string(std::string_view& text, std::uint64_t limit, const char* field) {
    std::uint64_t length = 0;
    if (!take_count(length)) return false;
    if (length > limit) return too_many(field, length, limit);
    if (!available(length)) return false;
    text = {reinterpret_cast<const char*>(here()), static_cast<std::size_t>(length)};
    at_ += length;
    return true;
  }

  bool take_name(std::string& name, const char* field) {
    std::string_view text;
    if (!take_string(text, kMaxNameBytes, field)) return false;
    if (text.empty() || !is_utf8(text)) {
      return fail("bad_name", field, shown(text),
                  "A name in the header is empty or not valid UTF-8: the file is damaged.");
    }
    name = text;
    return true;
  }

  bool too_many(const char* field, std::uint64_t found, std::uint64_t limit) {
    return fail("limit_exceeded", field, std::to_string(found),
                std::string("The header announces ") + std::to_string(found) + " for " + field + "; at most " +
                    std::to_string(limit) + " are read.");
  }

  [[nodiscard]] const std::byte* here() const { return view_.prefix.data() + at_; }

  bool preamble() {
    at_ = 4;
    std::uint32_t version = 0;
    if (!take(version)) return false;
    if (version != 0 && (version & 0xFFFFU) == 0) {
      return fail("big_endian_file", "version", std::to_string(version),
                  "This GGUF file is big endian; convert it to little endian first.");
    }
    if (version < 1 || version > 3) {
      return fail("unsupported_version", "version", std::to_string(version),
                  "GGUF version " + std::to_string(version) + " is not known; versions 1 to 3 are.");
    }
    file_.version = version;
    if (!take_count(tensor_count_) || !take_count(metadata_count_)) return false;
    if (tensor_count_ > kMaxTensors) return too_many("tensors", tensor_count_, kMaxTensors);
    if (metadata_count_ > kMaxMetadataEntries) return too_many("metadata", metadata_count_, kMaxMetadataEntries);
    return true;
  }

  bool take_value_type(ValueType& type) {
    std::uint32_t number = 0;
    if (!take(number)) return false;
    if (number >= static_cast<std::uint32_t>(ValueType::count)) {
      return fail("unknown_value_type", "metadata", std::to_string(number),
                  "Metadata value type " + std::to_string(number) + " does not exist in GGUF versions 1 to 3.");
    }
    type = static_cast<ValueType>(number);
    return true;
  }

  bool all_metadata() {
    std::vector<std::string> keys;
    for (std::uint64_t i = 0; i < metadata_count_; ++i) {
      MetadataEntry entry;
      ValueType type{};
      if (!take_name(entry.key, "metadata") || !take_value_type(type) || !take_value(entry, type)) return false;
      keys.push_back(entry.key);
      file_.metadata.push_back(std::move(entry));
    }
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice == keys.end()) return true;
    return fail("duplicate_name", "metadata", shown(*twice), "The metadata key " + shown(*twice) + " occurs twice.");
  }

  bool take_value(MetadataEntry& entry, ValueType type) {
    if (type == ValueType::string) return take_text(entry);
    if (type == ValueType::array) return take_array(entry);
    if (!available(scalar_bytes(type))) return false;
    if (is_floating(type)) {
      entry.value = floating_at(here(), type);
    } else if (type == ValueType::boolean) {
      entry.value = integer_at(here(), type) != 0;
    } else {
      entry.value = integer_at(here(), type);
    }
    at_ += scalar_bytes(type);
    return true;
  }

  bool take_text(MetadataEntry& entry) {
    std::string_view text;
    if (!take_string(text, kMaxStringBytes, "metadata text length")) return false;
    entry.length = static_cast<std::int64_t>(text.size());
    if (text.size() <= kMaxKeptStringBytes && is_utf8(text)) entry.value = std::string(text);
    return true;
  }

  bool take_array(MetadataEntry& entry) {
    ValueType type{};
    std::uint64_t count = 0;
    if (!take_array_head(type, count)) return false;
    entry.length = static_cast<std::int64_t>(count);
    const std::uint64_t width = scalar_bytes(type);
    if (width == 0) return skip_elements(type, count, 1);
    if (!available(count * width)) return false;
    if (count <= kMaxKeptArrayElements) keep_array(entry, type, count);
    at_ += count * width;
    return true;
  }

  bool take_array_head(ValueType& type, std::uint64_t& count) {
    if (!take_value_type(type) || !take_count(count)) return false;
    return count <= kMaxArrayElements || too_many("metadata array length", count, kMaxArrayElements);
  }

  void keep_array(MetadataEntry& entry, ValueType type, std::uint64_t count) const {
    std::vector<std::int64_t> whole;
    std::vector<double> real;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::byte* element = here() + i * scalar_bytes(type);
      if (is_floating(type)) {
        real.push_back(floating_at(element, type));
      } else {
        whole.push_back(integer_at(element, type));
      }
    }
    if (is_floating(type)) {
      entry.value = std::move(real);
    } else {
      entry.value = std::move(whole);
    }
  }

  /// Passes over texts and nested arrays. Each element costs at least four bytes of input, so the work is bounded by
  /// the file.
  bool skip_elements(ValueType type, std::uint64_t count, int depth) {
    constexpr int kMaxNesting = 8;
    if (depth > kMaxNesting) return too_many("nested arrays", static_cast<std::uint64_t>(depth), kMaxNesting);
    if (const std::uint64_t width = scalar_bytes(type); width > 0) {
      if (!available(count * width)) return false;
      at_ += count * width;
      return true;
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      std::string_view text;
      ValueType inner{};
      std::uint64_t inner_count = 0;
      const bool passed = type == ValueType::string
                              ? take_string(text, kMaxStringBytes, "metadata text length")
                              : take_array_head(inner, inner_count) && skip_elements(inner, inner_count, depth + 1);
      if (!passed) return false;
    }
    return true;
  }

  bool all_tensors() {
    for (std::uint64_t i = 0; i < tensor_count_; ++i) {
      TensorEntry tensor;
      std::uint64_t offset = 0;
      if (!take_name(tensor.name, "tensors") || !take_shape(tensor) || !take_type(tensor) || !take(offset))
        return false;
      file_.tensors.push_back(std::move(tensor));
      offsets_.push_back(offset);
    }
    return true;
  }

  bool take_shape(TensorEntry& tensor) {
    std::uint32_t dimensions = 0;
    if (!take(dimensions)) return false;
    if (dimensions > kMaxDimensions) return too_many("dimensions of a tensor", dimensions, kMaxDimensions);
    for (std::uint32_t i = 0; i < dimensions; ++i) {
      std::uint64_t extent = 0;
      if (!take_count(extent)) return false;
      tensor.shape.push_back(extent > std::uint64_t{INT64_MAX} ? INT64_MAX : static_cast<std::int64_t>(extent));
    }
    std::reverse(tensor.shape.begin(), tensor.shape.end());  // GGUF lists the row length first
    const auto elements = element_count(tensor.shape);
    if (!elements)
      return fail("tensor_too_large", "tensors", shown(tensor.name),
                  "Tensor " + shown(tensor.name) + " has more than 2^53 elements.");
    tensor.elements = *elements;
    return true;
  }

  bool take_type(TensorEntry& tensor) {
    std::uint32_t number = 0;
    if (!take(number)) return false;
    const auto id = weight_format_of_ggml_type(number);
    if (!id) {
      tensor.type = "unknown";
      return true;
    }
    const WeightFormat& format = format_of(*id);
    tensor.type = format.label;
    const std::int64_t cols = tensor.shape.empty() ? 1 : tensor.shape.back();
    if (cols % format.block_elements() != 0) {
      return fail("bad_row_length", "tensors", shown(tensor.name),
                  "Rows of tensor " + shown(tensor.name) + " have " + std::to_string(cols) +
                      " elements, not a multiple of the " + std::to_string(format.block_elements()) + " that " +
                      tensor.type + " packs.");
    }
    tensor.bytes = whole_bytes(stored_bytes(*id, cols > 0 ? tensor.elements / cols : 0, cols));
    return true;
  }

  bool finish() {
    if (const std::string* name = duplicate_name(file_.tensors)) {
      return fail("duplicate_name", "tensors", shown(*name), "Tensor " + shown(*name) + " occurs twice.");
    }
    const std::int64_t alignment = file_.integer("general.alignment").value_or(32);
    if (alignment <= 0 || alignment > (1 << 20) || (alignment & (alignment - 1)) != 0) {
      return fail("bad_alignment", "general.alignment", std::to_string(alignment),
                  "The alignment of tensor data must be a power of two up to 2^20.");
    }
    const auto step = static_cast<std::uint64_t>(alignment);
    const std::uint64_t data = tensor_count_ == 0 ? at_ : (at_ + step - 1) / step * step;
    file_.header_bytes = {static_cast<std::int64_t>(data)};
    if (!place(step, data)) return false;
    return add_totals(file_) ||
           fail("tensor_too_large", "tensors", "", "The tensors together have more than 2^53 elements or bytes.");
  }

  /// Checks that tensors lie apart and aligned; a tensor of an unknown type gets the bytes up to the next one.
  bool place(std::uint64_t alignment, std::uint64_t data) {
    std::vector<std::size_t> order(offsets_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
      return std::pair(offsets_[a], file_.tensors[a].bytes) < std::pair(offsets_[b], file_.tensors[b].bytes);
    });
    std::uint64_t unknown = 0;
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      TensorEntry& tensor = file_.tensors[order[i]];
      const std::uint64_t offset = offsets_[order[i]];
      if (offset % alignment != 0 || offset < end || offset > std::uint64_t{1} << 53U) {
        return fail("bad_offset", "tensors", shown(tensor.name),
                    "Tensor " + shown(tensor.name) + " is placed at " + std::to_string(offset) +
                        ", which is not aligned or lies inside another tensor.");
      }
      if (tensor.type == "unknown") {
        ++unknown;
        const bool last = i + 1 == order.size();
        const std::uint64_t data_bytes = view_.file_bytes.value_or(0) > data ? *view_.file_bytes - data : 0;
        const std::uint64_t next = last ? std::max(data_bytes, offset) : offsets_[order[i + 1]];
        tensor.bytes = whole_bytes(static_cast<double>(next - offset));
      }
      end = offset + static_cast<std::uint64_t>(tensor.bytes.value);
    }
    warn_if_cut(result_, view_, data + end);
    if (unknown > 0) {
      result_.issues.push_back(
          warning("unknown_tensor_type", "tensors", std::to_string(unknown),
                  std::to_string(unknown) +
                      " tensors have a type newer than this program; their bytes are read from the gaps in the file."));
    }
    return true;
  }

  FileView view_;
  std::uint64_t at_ = 0;
  std::uint64_t tensor_count_ = 0;
  std::uint64_t metadata_count_ = 0;
  std::vector<std::uint64_t> offsets_;
  TensorFile file_;
  TensorFileResult result_;
};

}  // namespace

TensorFileResult read_gguf(const FileView& view) { return GgufReader(view).run(); }

}  // namespace vram::detail
