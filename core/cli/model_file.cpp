// Model files.
// SPDX-License-Identifier: MIT
#include "model_file.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "vram/model_tensors.h"

namespace vram::cli {

using nlohmann::json;

namespace {

constexpr std::uint64_t kFirstBytes = 1U << 20U;
constexpr std::uint64_t kMostBytes = 1U << 30U;  // no header comes near this
constexpr std::uint64_t kLargestConfig = 2U << 20U;

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// A config.json is an object without the list of an index; anything else is left to the readers of weight files.
bool as_config(std::string_view text, std::string& answer) {
  if (text.empty() || text.front() != '{') return false;
  json config = json::parse(text, nullptr, false);
  if (!config.is_object() || config.contains("weight_map")) return false;
  answer = json{{"model", {{"config", std::move(config)}}}, {"issues", json::array()}}.dump();
  return true;
}

}  // namespace

bool read_model_file(const std::string& path, std::string& answer) {
  const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "rb"));
  if (!file || std::fseek(file.get(), 0, SEEK_END) != 0) return false;
  const long size = std::ftell(file.get());
  if (size < 0) return false;
  const std::uint64_t whole = static_cast<std::uint64_t>(size);
  std::vector<char> bytes;
  std::uint64_t wanted = std::min(kFirstBytes, whole);
  while (true) {
    bytes.resize(static_cast<std::size_t>(wanted));
    if (std::fseek(file.get(), 0, SEEK_SET) != 0 || std::fread(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) return false;
    if (whole <= kLargestConfig && wanted == whole && as_config({bytes.data(), bytes.size()}, answer)) return true;
    answer = tensor_file_json(std::as_bytes(std::span(bytes)), whole);
    const json reply = json::parse(answer, nullptr, false);
    const std::uint64_t more = reply.value("more_bytes_needed", std::uint64_t{0});
    if (more == 0 || wanted >= std::min(whole, kMostBytes)) return true;
    wanted = std::min({wanted + std::max(more, wanted), whole, kMostBytes});
  }
}

bool with_model(std::string_view scenario, std::string_view answer, std::string& result) {
  json reply = json::parse(answer, nullptr, false);
  if (!reply.contains("model")) {
    result = answer;
    return false;
  }
  json request = scenario.empty() ? json::object() : json::parse(scenario, nullptr, false);
  if (!request.is_object()) {
    result = scenario;  // estimate says what is wrong with it
    return true;
  }
  request["model"] = std::move(reply["model"]);
  result = request.dump(-1, ' ', false, json::error_handler_t::replace);
  return true;
}

std::string log_request(std::string_view log, std::string_view scenario) {
  return json{{"log", log}, {"scenario", json::parse(scenario, nullptr, false)}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace vram::cli
