// safetensors headers (eight bytes of length, then JSON) and the index of a file split into shards.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "tensor_file_parts.h"

namespace vram::detail {
namespace {

using Json = nlohmann::json;

struct ElementType {
  std::string_view name;
  std::int64_t bits;
};

constexpr std::array<ElementType, 22> kElementTypes = {{
    {"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},     {"U8", 8},          {"I8", 8},
    {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
    {"U16", 16},    {"F16", 16},    {"BF16", 16},   {"I32", 32},        {"U32", 32},        {"F32", 32},
    {"C64", 64},    {"F64", 64},    {"I64", 64},    {"U64", 64},
}};

/// A JSON scalar as the parser delivers it.
struct Scalar {
  enum class Kind : unsigned char { text, unsigned_integer, other } kind = Kind::other;
  std::uint64_t number = 0;
  std::string_view text = {};
};

/// Receives parser events and forwards scalars with the keys that lead to them, so that a large header never becomes a
/// tree in memory. A method that returns false stops the parser; `problem` then says why.
class PathSax {
 public:
  virtual ~PathSax() = default;
  PathSax() = default;
  PathSax(const PathSax&) = delete;
  PathSax& operator=(const PathSax&) = delete;

  bool null() { return value({}); }
  bool boolean(bool) { return value({}); }
  bool number_integer(std::int64_t) { return value({}); }
  bool number_unsigned(std::uint64_t number) { return value({Scalar::Kind::unsigned_integer, number, {}}); }
  bool number_float(double, const std::string&) { return value({}); }
  bool string(std::string& text) { return value({Scalar::Kind::text, 0, text}); }
  bool binary(Json::binary_t&) { return value({}); }
  bool start_object(std::size_t) {
    if (!deeper() || !on_open(path_, false)) return false;
    path_.emplace_back();
    return true;
  }
  bool end_object() {
    path_.pop_back();
    --depth_;
    return path_.size() != 1 || on_member_end(path_.front());
  }
  bool key(std::string& name) {
    path_.back() = name;
    return path_.size() != 1 || on_member(name);
  }
  bool start_array(std::size_t) { return deeper() && on_open(path_, true); }
  bool end_array() {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) {
    if (problem.issues.empty()) {
      problem = failure("bad_json", "header", std::to_string(position),
                        "The header is not valid JSON: parsing stops at byte " + std::to_string(position) + ".");
    }
    return false;
  }

  TensorFileResult problem;

 protected:
  using Path = std::vector<std::string>;
  virtual bool on_open(const Path& path, bool array) = 0;   ///< an object or array begins; depth() already counts it
  virtual bool on_member(const std::string& name) = 0;      ///< a key of the outermost object begins
  virtual bool on_member_end(const std::string& name) = 0;  ///< its object is complete
  virtual bool on_value(const Path& path, const Scalar& scalar) = 0;

  [[nodiscard]] int depth() const { return depth_; }
  bool fail(std::string code, const std::string& name, const std::string& message) {
    problem = failure(std::move(code), "tensors", shown(name), message);
    return false;
  }

 private:
  bool value(const Scalar& scalar) { return on_value(path_, scalar); }
  bool deeper() {
    if (++depth_ <= kMaxJsonDepth) return true;
    problem = failure("limit_exceeded", "header", std::to_string(depth_),
                      "The header nests deeper than " + std::to_string(kMaxJsonDepth) + " levels.");
    return false;
  }

  Path path_;
  int depth_ = 0;
};

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool parse(std::string_view text, PathSax& sax) {
  return Json::sax_parse(text.begin(), text.end(), &sax, nlohmann::detail::input_format_t::json, true);
}

void keep_metadata(TensorFile& file, const std::string& key, const Scalar& scalar) {
  MetadataEntry entry;
  entry.key = key;
  if (scalar.kind == Scalar::Kind::text) {
    entry.length = static_cast<std::int64_t>(scalar.text.size());
    if (scalar.text.size() <= kMaxKeptStringBytes) entry.value = std::string(scalar.text);
  } else if (scalar.kind == Scalar::Kind::unsigned_integer && scalar.number <= std::uint64_t{INT64_MAX}) {
    entry.value = static_cast<std::int64_t>(scalar.number);
  }
  file.metadata.push_back(std::move(entry));
}

/// Reads {"name": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]}, ..., "__metadata__": {"key": "text"}}.
class HeaderSax final : public PathSax {
 public:
  TensorFile file;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;  ///< [begin, end) of each tensor's data

 private:
  bool on_open(const Path& path, bool array) override {
    const bool list = array && depth() == 3 && path.size() == 2 && (path[1] == "shape" || path[1] == "data_offsets");
    const bool entry = !array && depth() <= 2;
    return list || entry || malformed(path.empty() ? std::string() : path.front());
  }

  bool on_member(const std::string& name) override {
    if (name != kMetadata && file.tensors.size() >= kMaxTensors) {
      return fail("limit_exceeded", name, "The header lists more than " + std::to_string(kMaxTensors) + " tensors.");
    }
    tensor_ = {};
    tensor_.name = name;
    offsets_.clear();
    return true;
  }

  bool on_value(const Path& path, const Scalar& scalar) override {
    if (path.size() != 2) return malformed(path.front());
    if (path[0] == kMetadata) return metadata(path[1], scalar);
    if (path[1] == "dtype" && depth() == 2 && scalar.kind == Scalar::Kind::text && tensor_.type.empty()) {
      tensor_.type = scalar.text;
      return true;
    }
    const bool exact =
        depth() == 3 && scalar.kind == Scalar::Kind::unsigned_integer && scalar.number <= std::uint64_t{1} << 53U;
    if (path[1] == "shape" && exact && tensor_.shape.size() < kMaxDimensions) {
      tensor_.shape.push_back(static_cast<std::int64_t>(scalar.number));
      return true;
    }
    if (path[1] == "data_offsets" && exact && offsets_.size() < 2) {
      offsets_.push_back(scalar.number);
      return true;
    }
    return malformed(path[0]);
  }

  bool metadata(const std::string& key, const Scalar& scalar) {
    if (file.metadata.size() >= kMaxMetadataEntries)
      return fail("limit_exceeded", key,
                  "The header has more than " + std::to_string(kMaxMetadataEntries) + " metadata entries.");
    keep_metadata(file, key, scalar);
    return true;
  }

  bool malformed(const std::string& name) {
    return fail("bad_tensor_entry", name,
                "The entry " + shown(name) + " must have a dtype, a shape of at most " +
                    std::to_string(kMaxDimensions) + " whole numbers and two data_offsets, and nothing else.");
  }

  bool on_member_end(const std::string& name) override {
    if (name == kMetadata) return true;
    const auto* type = std::find_if(kElementTypes.begin(), kElementTypes.end(),
                                    [this](const ElementType& t) { return t.name == tensor_.type; });
    if (tensor_.type.empty() || offsets_.size() != 2) return malformed(name);
    if (type == kElementTypes.end())
      return fail("unknown_tensor_type", name,
                  "Tensor " + shown(name) + " has the unknown type " + shown(tensor_.type) + ".");
    const auto elements = element_count(tensor_.shape);
    constexpr std::int64_t kLargest = std::int64_t{1} << 53U;
    if (!elements || *elements > kLargest / type->bits)
      return fail("tensor_too_large", name, "Tensor " + shown(name) + " has more than 2^53 bits.");
    const std::int64_t bits = *elements * type->bits;
    if (bits % 8 != 0 || offsets_[1] < offsets_[0] ||
        offsets_[1] - offsets_[0] != static_cast<std::uint64_t>(bits / 8)) {
      return fail("bad_offset", name,
                  "Tensor " + shown(name) + " needs " + std::to_string(bits / 8) +
                      " bytes, but its data_offsets say otherwise.");
    }
    tensor_.elements = *elements;
    tensor_.bytes = {bits / 8};
    file.tensors.push_back(std::move(tensor_));
    ranges.emplace_back(offsets_[0], offsets_[1]);
    return true;
  }

  static constexpr std::string_view kMetadata = "__metadata__";
  TensorEntry tensor_;
  std::vector<std::uint64_t> offsets_;
};

/// Reads {"metadata": {"total_size": 12}, "weight_map": {"name": "model-00001-of-00002.safetensors", ...}}.
class IndexSax final : public PathSax {
 public:
  TensorFile file;
  bool has_map = false;

 private:
  bool on_open(const Path& path, bool array) override {
    has_map = has_map || (!array && path.size() == 1 && path[0] == "weight_map");
    return true;
  }
  bool on_member(const std::string&) override { return true; }
  bool on_member_end(const std::string&) override { return true; }
  bool on_value(const Path& path, const Scalar& scalar) override {
    if (path.size() == 2 && path[0] == "weight_map") return weight(path[1], scalar);
    if (path.size() == 2 && path[0] == "metadata" && file.metadata.size() < kMaxMetadataEntries)
      keep_metadata(file, path[1], scalar);
    return true;  // other tools add keys of their own
  }
  bool weight(const std::string& name, const Scalar& scalar) {
    if (scalar.kind != Scalar::Kind::text || scalar.text.empty())
      return fail("bad_tensor_entry", name, "The weight map must name a file for " + shown(name) + ".");
    if (file.tensors.size() >= kMaxTensors)
      return fail("limit_exceeded", name, "The index lists more than " + std::to_string(kMaxTensors) + " tensors.");
    TensorEntry tensor;
    tensor.name = name;
    tensor.file = scalar.text;
    file.tensors.push_back(std::move(tensor));
    return true;
  }
};

TensorFileResult duplicate(const std::string& name) {
  return failure("duplicate_name", "tensors", shown(name), "Tensor " + shown(name) + " occurs twice.");
}

/// Data must fill the file from its first byte without gaps or overlaps, as the format demands. Empty when it does.
bool tiles(std::vector<std::pair<std::uint64_t, std::uint64_t>>& ranges) {
  std::sort(ranges.begin(), ranges.end());
  std::uint64_t end = 0;
  for (const auto& range : ranges) {
    if (range.first != end) return false;
    end = range.second;
  }
  return true;
}

TensorFileResult finish_header(HeaderSax& sax, const FileView& view, std::uint64_t data) {
  if (const std::string* name = duplicate_name(sax.file.tensors)) return duplicate(*name);
  if (!tiles(sax.ranges))
    return failure("bad_offset", "tensors", "", "The data_offsets of the tensors leave gaps or overlap.");
  sax.file.format = TensorFileFormat::safetensors;
  sax.file.header_bytes = {static_cast<std::int64_t>(data)};
  if (!add_totals(sax.file))
    return failure("tensor_too_large", "tensors", "", "The tensors together have more than 2^53 elements or bytes.");
  TensorFileResult result;
  warn_if_cut(result, view, data + static_cast<std::uint64_t>(sax.file.bytes.value));
  result.file = std::move(sax.file);
  return result;
}

}  // namespace

TensorFileResult read_safetensors(const FileView& view) {
  std::uint64_t length = 0;
  for (std::size_t i = 8; i-- > 0;) length = length << 8U | std::to_integer<std::uint64_t>(view.prefix[i]);
  if (length > kMaxJsonHeaderBytes) {
    return failure("limit_exceeded", "header", std::to_string(length),
                   "The first eight bytes announce a header of " + std::to_string(length) +
                       " bytes; at most 100 MB are read. Is this a safetensors file?");
  }
  const std::uint64_t data = 8 + length;
  if (view.file_bytes && data > *view.file_bytes) {
    return failure("truncated_file", "file", std::to_string(*view.file_bytes),
                   "The header needs " + std::to_string(data) + " bytes, more than the file has.");
  }
  TensorFileResult short_result;
  if (data > view.prefix.size()) {
    short_result.more_bytes_needed = data - view.prefix.size();
    return short_result;
  }
  HeaderSax sax;
  if (!parse(text_of(view.prefix.subspan(8, static_cast<std::size_t>(length))), sax)) return std::move(sax.problem);
  return finish_header(sax, view, data);
}

TensorFileResult read_safetensors_index(const FileView& view) {
  TensorFileResult result;
  const std::uint64_t size = view.file_bytes.value_or(view.prefix.size());
  if (size > kMaxJsonHeaderBytes)
    return failure("limit_exceeded", "file", std::to_string(size), "An index of more than 100 MB is not read.");
  if (size > view.prefix.size()) {
    result.more_bytes_needed = size - view.prefix.size();
    return result;
  }
  IndexSax sax;
  if (!parse(text_of(view.prefix), sax)) return std::move(sax.problem);
  if (!sax.has_map)
    return failure("not_a_tensor_file", "weight_map", "",
                   "This JSON file has no weight_map, so it is not a safetensors index.");
  if (const std::string* name = duplicate_name(sax.file.tensors)) return duplicate(*name);
  sax.file.format = TensorFileFormat::safetensors_index;
  sax.file.header_bytes = {static_cast<std::int64_t>(size)};
  for (const TensorEntry& tensor : sax.file.tensors) sax.file.shards.push_back(tensor.file);
  std::sort(sax.file.shards.begin(), sax.file.shards.end());
  sax.file.shards.erase(std::unique(sax.file.shards.begin(), sax.file.shards.end()), sax.file.shards.end());
  const std::int64_t total = sax.file.integer("total_size").value_or(0);
  sax.file.bytes = {std::min(total, static_cast<std::int64_t>(kLargestExact))};
  result.file = std::move(sax.file);
  return result;
}

}  // namespace vram::detail
