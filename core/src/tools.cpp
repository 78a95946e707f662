// Calls of tools: arguments checked against the table, answers put into the reply of a tool server.
// SPDX-License-Identifier: MIT
#include "vram/tools.h"

#include <algorithm>
#include <cmath>

#include "json_tree.h"
#include "request.h"
#include "scenario_json.h"
#include "slug.h"
#include "tool_table.h"

namespace vram {

using nlohmann::json;

namespace {

/// "batch_size", "BatchSize" and "batchSize" are one name.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : slug_of(name)) {
    if (c != '-') out += c;
  }
  return out;
}

std::string joined(std::span<const std::string_view> names) {
  std::string out;
  for (const std::string_view name : names) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

const ToolArgument& argument_of(std::string_view name) {
  const auto rows = tool_arguments();
  return *std::find_if(rows.begin(), rows.end(), [name](const ToolArgument& row) { return row.name == name; });
}

const ToolArgument* find_argument(const Tool& tool, std::string_view given) {
  for (const auto& names : {tool.required, tool.optional}) {
    for (const std::string_view name : names) {
      if (plain(name) == plain(given)) return &argument_of(name);
    }
  }
  return nullptr;
}

void wrong_type(const ToolArgument& row, const json& value, std::string_view expected, Issues& issues) {
  issues.push_back(error("wrong_type", std::string(row.name), excerpt(value), std::string(row.name) + " must be " + std::string(expected) + ", not " + excerpt(value) + "."));
}

json read_name(const ToolArgument& row, const json& value, Issues& issues) {
  if (!value.is_string()) {
    wrong_type(row, value, "text", issues);
    return {};
  }
  for (const std::string_view name : row.values) {
    if (plain(name) == plain(value.get_ref<const std::string&>())) return std::string(name);
  }
  if (row.values.empty()) return value;
  issues.push_back(error("unknown_name", std::string(row.name), excerpt(value), std::string(row.name) + " is " + excerpt(value) + "; known are " + joined(row.values) + "."));
  return {};
}

json read_number(const ToolArgument& row, const json& value, Issues& issues) {
  const bool whole = row.kind == ArgumentKind::integer;
  const double number = value.is_number() ? value.get<double>() : 0;
  if (!value.is_number() || (whole && std::isfinite(number) && number != std::floor(number))) {
    wrong_type(row, value, whole ? "a whole number" : "a number", issues);
    return {};
  }
  if (!(number >= row.min && number <= row.max)) {
    issues.push_back(error("out_of_range", std::string(row.name), excerpt(value),
                           std::string(row.name) + " is " + excerpt(value) + "; it must be between " + json_number(row.min) + " and " + json_number(row.max) + "."));
    issues.back().allowed = json_number(row.min) + " – " + json_number(row.max);
    return {};
  }
  return whole ? json(static_cast<std::int64_t>(number)) : json(number);
}

json read_argument(const ToolArgument& row, const json& value, Issues& issues) {
  switch (row.kind) {
    case ArgumentKind::number:
    case ArgumentKind::integer: return read_number(row, value, issues);
    case ArgumentKind::flag:
      if (!value.is_boolean()) wrong_type(row, value, "true or false", issues);
      return value;
    case ArgumentKind::text:
    case ArgumentKind::choice: return read_name(row, value, issues);
    case ArgumentKind::texts: {
      json names = json::array();
      if (!value.is_array() || value.empty()) wrong_type(row, value, "a list of names", issues);
      if (value.is_array()) {
        for (const json& item : value) names.push_back(read_name(row, item, issues));
      }
      return names;
    }
    case ArgumentKind::object:
      if (!value.is_object()) wrong_type(row, value, "an object", issues);
      return value;
  }
  return {};
}

void read_arguments(const Tool& tool, const json& given, ToolCall& call) {
  for (const auto& [name, value] : given.items()) {
    const ToolArgument* row = find_argument(tool, name);
    if (row == nullptr) {
      call.issues.push_back(error("unknown_field", name, excerpt(value), "There is no field " + name + "; " + std::string(tool.name) + " takes " + joined(tool.required) +
                                                                             (tool.required.empty() || tool.optional.empty() ? "" : ", ") + joined(tool.optional) + "."));
    } else if (!value.is_null()) {
      call.arguments[std::string(row->name)] = read_argument(*row, value, call.issues);
    }
  }
  for (const std::string_view name : tool.required) {
    if (call.arguments.contains(std::string(name))) continue;
    call.issues.push_back(error("missing_field", std::string(name), "", std::string(name) + " is required: " + std::string(argument_of(name).about) + "."));
  }
  if (call.text("language") == "zh") call.language = Language::zh;
}

json schema_of(const ToolArgument& row) {
  static constexpr std::array<const char*, 7> kTypes = {"number", "integer", "boolean", "string", "string", "array", "object"};
  json schema = {{"type", kTypes[static_cast<std::size_t>(row.kind)]}, {"description", std::string(row.about)}};
  if (row.kind == ArgumentKind::number || row.kind == ArgumentKind::integer) {
    schema["minimum"] = row.min;
    schema["maximum"] = row.max;
  }
  json& names = row.kind == ArgumentKind::texts ? schema["items"] : schema;
  if (row.kind == ArgumentKind::texts) names["type"] = "string";
  // Not an enum: letter case does not matter to us, and an enum would have clients refuse it.
  for (const std::string_view name : row.values) names["examples"].push_back(std::string(name));
  return schema;
}

json issues_of(const Issues& issues) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  write_issues(writer, issues);
  writer.end_object();
  return tree_of(out)["issues"];
}

bool failed(const json& structured) {
  const auto issues = structured.find("issues");
  return issues != structured.end() && std::any_of(issues->begin(), issues->end(), [](const json& issue) { return issue["severity"] == "error"; });
}

ToolAnswer answer_of(const json& request, Issues& issues) {
  refuse_unknown_members(request, {"name", "arguments"}, issues);
  const std::string name = request.contains("name") && request["name"].is_string() ? request["name"].get<std::string>() : "";
  const auto tools = tool_table();
  const auto tool = std::find_if(tools.begin(), tools.end(), [&](const Tool& row) { return plain(row.name) == plain(name); });
  if (tool == tools.end()) {
    std::string known;
    for (const Tool& row : tools) known += (known.empty() ? "" : ", ") + std::string(row.name);
    issues.push_back(error("unknown_tool", "name", request.contains("name") ? excerpt(request["name"]) : "", "There is no tool " + name + "; known are " + known + "."));
    return {};
  }
  const json given = request.contains("arguments") && !request["arguments"].is_null() ? request["arguments"] : json::object();
  ToolCall call{json::object(), issues};
  if (given.is_object()) {
    read_arguments(*tool, given, call);
  } else {
    issues.push_back(error("wrong_type", "arguments", excerpt(given), "arguments must be an object, not " + excerpt(given) + "."));
  }
  ToolAnswer answer;
  if (!has_errors(issues)) answer = tool->run(call);
  localise(issues, call.language);
  return answer;
}

}  // namespace

double ToolCall::number(const char* name, double fallback) const {
  const auto found = arguments.find(name);
  return found == arguments.end() ? fallback : found->get<double>();
}

std::string ToolCall::text(const char* name, std::string_view fallback) const {
  const auto found = arguments.find(name);
  return found == arguments.end() || !found->is_string() ? std::string(fallback) : found->get<std::string>();
}

bool ToolCall::flag(const char* name, bool fallback) const {
  const auto found = arguments.find(name);
  return found == arguments.end() ? fallback : found->get<bool>();
}

std::string tools_json() {
  json tools = json::array();
  for (const Tool& tool : tool_table()) {
    json properties = json::object();
    json required = json::array();
    for (const std::string_view name : tool.required) required.push_back(std::string(name));
    for (const auto& names : {tool.required, tool.optional}) {
      for (const std::string_view name : names) properties[std::string(name)] = schema_of(argument_of(name));
    }
    tools.push_back({{"name", std::string(tool.name)},
                     {"description", std::string(tool.about)},
                     {"inputSchema", {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}, {"additionalProperties", false}}}});
  }
  return json{{"tools", std::move(tools)}}.dump();
}

std::string tool_json(std::string_view text) {
  Issues issues;
  const json request = parse_request(text, issues);
  ToolAnswer answer;
  if (!has_errors(issues)) answer = answer_of(request, issues);
  json found = issues_of(issues);
  json& own = answer.structured["issues"];
  if (own.is_array()) {
    for (const json& issue : own) found.push_back(issue);
  }
  own = std::move(found);
  json reply = json::object();
  const bool error = failed(answer.structured);
  const json& shown = error || answer.text.is_null() ? answer.structured : answer.text;
  reply["content"] = json::array({{{"type", "text"}, {"text", shown.dump(-1, ' ', false, json::error_handler_t::replace)}}});
  reply["structuredContent"] = std::move(answer.structured);
  if (error) reply["isError"] = true;
  return reply.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace vram
