// Checked access to the members of a JSON object: every wrong type or range becomes an issue, nothing throws.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "vram/issue.h"

namespace vram {

/// Another name of a field. `field` is ours (Hugging Face's most common one), `alias` is what some model types write.
struct FieldAlias {
  std::string_view field;
  std::string_view alias;
};

/// The members of one JSON object. A null member counts as absent, as in Hugging Face configs.
class JsonFields {
 public:
  /// `path` is put before field names in issues ("vision_config."); `defaults` answers for absent members and may be null.
  JsonFields(const nlohmann::json& object, std::string path, Issues& issues, const nlohmann::json* defaults = nullptr);

  [[nodiscard]] bool has(std::string_view field) const { return find(field).value != nullptr; }
  /// Present in the object itself, not only in the defaults.
  [[nodiscard]] bool given(std::string_view field) const;
  [[nodiscard]] std::int64_t integer(std::string_view field, std::int64_t fallback, std::int64_t low, std::int64_t high) const;
  /// A size: a whole number from 0 to kMaxSize.
  [[nodiscard]] std::int64_t size(std::string_view field, std::int64_t fallback = 0) const;
  /// A width, which other widths are multiplied with: from 0 to kMaxWidth.
  [[nodiscard]] std::int64_t width(std::string_view field, std::int64_t fallback = 0) const;
  [[nodiscard]] double number(std::string_view field, double fallback, double low, double high) const;
  [[nodiscard]] bool flag(std::string_view field, bool fallback) const;
  [[nodiscard]] std::string text(std::string_view field) const;
  /// Whole numbers of an array; empty when absent.
  [[nodiscard]] std::vector<std::int64_t> sizes(std::string_view field, std::size_t most) const;
  /// Texts of an array; empty when absent.
  [[nodiscard]] std::vector<std::string> texts(std::string_view field, std::size_t most) const;
  /// An object member, or null.
  [[nodiscard]] const nlohmann::json* object(std::string_view field) const;
  /// The member itself, or null.
  [[nodiscard]] const nlohmann::json* value(std::string_view field) const { return find(field).value; }
  /// Reports a field this reader cannot accept.
  void reject(std::string_view field, std::string_view code, std::string sentence) const;
  /// Fields answered from the defaults so far, in order of asking.
  [[nodiscard]] const std::vector<std::string>& defaulted() const { return defaulted_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  struct Found {
    const nlohmann::json* value = nullptr;
    std::string_view name;
  };
  [[nodiscard]] Found find(std::string_view field) const;
  [[nodiscard]] Found find_in(const nlohmann::json& object, std::string_view field) const;
  void wrong_type(const Found& found, std::string_view expected) const;

  const nlohmann::json& object_;
  std::string path_;
  Issues& issues_;
  const nlohmann::json* defaults_ = nullptr;
  mutable std::vector<std::string> defaulted_;
};

}  // namespace vram
