// What must hold for the reply to any text at all.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace vram::fuzz {

inline void require_that(bool condition) {
  if (!condition) std::abort();
}

/// The reply is one JSON value: nothing cut off, no NaN, no text that is no UTF-8.
inline nlohmann::json parsed(const std::string& reply) {
  nlohmann::json value = nlohmann::json::parse(reply, nullptr, false);
  require_that(!value.is_discarded());
  return value;
}

inline bool has_error(const nlohmann::json& reply) {
  for (const nlohmann::json& issue : reply.at("issues")) {
    require_that(!issue.at("code").get_ref<const std::string&>().empty() && !issue.at("message").get_ref<const std::string&>().empty());
    require_that(issue.at("field").is_string());
    if (issue.at("severity") == "error") return true;
  }
  return false;
}

/// Either errors and no memory, or memory whose parts sum to its total, whole bytes up to 2^53, inside its band.
inline void check_estimate(const nlohmann::json& reply) {
  const bool failed = has_error(reply);
  require_that(failed != reply.contains("memory"));
  if (failed) return;
  const nlohmann::json& memory = reply.at("memory");
  std::int64_t sum = 0;
  for (const nlohmann::json& term : memory.at("terms")) {
    const std::int64_t bytes = term.at("bytes").get<std::int64_t>();
    require_that(bytes > 0);
    sum += bytes;
  }
  const std::int64_t total = memory.at("total_bytes").get<std::int64_t>();
  require_that(total == sum && total <= (std::int64_t{1} << 53U));
  if (!memory.contains("low_bytes")) return;  // the documented formulas have no band
  require_that(memory.at("low_bytes").get<double>() <= static_cast<double>(total) && memory.at("high_bytes").get<double>() >= static_cast<double>(total));
  if (memory.contains("fit_probability")) {
    const double probability = memory.at("fit_probability").get<double>();
    require_that(probability >= 0 && probability <= 1);
  }
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) { return {reinterpret_cast<const char*>(data), size}; }

}  // namespace vram::fuzz
