// Text edge of the built-in data: one row a line of the tables.
// SPDX-License-Identifier: MIT
#include "vram/catalog.h"

#include <array>
#include <nlohmann/json.hpp>

#include "json_writer.h"
#include "request.h"
#include "scenario_fields.h"
#include "scenario_json.h"
#include "vram/family.h"
#include "vram/json.h"

namespace vram {

using nlohmann::json;

namespace {

void write_gpu_row(JsonWriter& writer, const GpuSpec& gpu) {
  writer.begin_object();
  writer.member("id", gpu.id);
  writer.member("name", gpu.name);
  writer.member("vendor", gpu.vendor);
  writer.member("architecture", gpu.architecture);
  writer.member("gpu_class", std::array<std::string_view, 5>{"consumer", "laptop", "workstation", "datacenter", "soc"}[static_cast<std::size_t>(gpu.gpu_class)]);
  writer.member("year", static_cast<std::int64_t>(gpu.year));
  writer.member("memory_bytes", gpu.memory_bytes);
  writer.member("usable_bytes", gpu.usable_bytes);
  writer.member("usable_basis", gpu.usable_basis == UsableBasis::measured ? "measured" : "derived");
  writer.member("memory_type", gpu.memory_type);
  writer.member("unified_memory", gpu.unified_memory);
  writer.member("bandwidth_bytes_per_second", gpu.bandwidth_bytes_per_second);
  writer.member("interconnect", gpu.interconnect);
  writer.member("interconnect_bytes_per_second", gpu.interconnect_bytes_per_second);
  writer.member("tdp_watts", static_cast<std::int64_t>(gpu.tdp_watts));
  writer.member("supports_bf16", gpu.supports_bf16);
  writer.member("supports_fp8", gpu.supports_fp8);
  writer.member("supports_fp4", gpu.supports_fp4);
  writer.member("bf16_flops", gpu.flops.bf16);
  writer.member("fp16_flops", gpu.flops.fp16);
  writer.member("fp8_flops", gpu.flops.fp8);
  writer.member("max_per_node", static_cast<std::int64_t>(gpu.max_per_node));
  if (gpu.prices.launch_usd > 0) writer.member("launch_usd", gpu.prices.launch_usd);
  if (gpu.prices.street_usd > 0) {
    writer.member("street_usd", gpu.prices.street_usd);
    writer.member("street_as_of", gpu.prices.street_as_of);
  }
  if (gpu.prices.cloud_usd_per_hour > 0) {
    writer.member("cloud_usd_per_hour", gpu.prices.cloud_usd_per_hour);
    writer.member("cloud_as_of", gpu.prices.cloud_as_of);
  }
  writer.end_object();
}

void write_model_row(JsonWriter& writer, const CatalogModel& row) {
  writer.begin_object();
  writer.member("id", row.id);
  writer.member("name", row.name);
  writer.member("family", row.family);
  writer.member("kind", name_of(row.kind));
  writer.begin_array("inputs");
  if (row.inputs.text) writer.text("text");
  if (row.inputs.image) writer.text("image");
  if (row.inputs.video) writer.text("video");
  if (row.inputs.audio) writer.text("audio");
  writer.end_array();
  writer.member("year", static_cast<std::int64_t>(row.year));
  writer.member("parameters", row.published_parameters);
  writer.member("exact", row.published_exact);
  if (row.published_active_parameters > 0) writer.member("active_parameters", row.published_active_parameters);
  writer.end_object();
}

void write_field_row(JsonWriter& writer, const Field& field) {
  static constexpr std::array<std::string_view, 8> kTypes = {"integer", "number", "boolean", "string", "list", "enum", "string", "string"};
  Scenario defaults;
  writer.begin_object();
  writer.member("path", field.path);
  writer.member("type", kTypes[static_cast<std::size_t>(field.type)]);
  writer.key("default");
  write_value(writer, field, defaults);
  if (field.type == FieldType::integer || field.type == FieldType::number) {
    writer.member("min", field.min);
    writer.member("max", field.max);
    writer.member("control_min", field.control_min);
    writer.member("control_max", field.control_max);
  }
  if (!field.unit.empty()) writer.member("unit", field.unit);
  if (field.names != nullptr) {
    writer.begin_array("values");
    for (const std::string_view name : field.names()) writer.text(name);
    writer.end_array();
  }
  writer.end_object();
}

void write_family_row(JsonWriter& writer, const FamilyInfo& row) {
  writer.begin_object();
  writer.member("name", row.name);
  writer.member("like", row.like);
  writer.member("kind", std::string_view(row.convolutional ? "cnn" : row.multimodal ? "multimodal" : row.mixture ? "moe" : "dense"));
  writer.end_object();
}

void write_message_row(JsonWriter& writer, const Message& message) {
  writer.begin_object();
  writer.member("code", message.code);
  writer.member("en", message.en);
  writer.member("zh", message.zh);
  writer.end_object();
}

template <class Row>
void write_rows(JsonWriter& writer, std::span<const Row> rows, void (*write)(JsonWriter&, const Row&)) {
  for (const Row& row : rows) write(writer, row);
}

/// A list of rows that `write` writes.
template <class Write>
std::string list_of(Write write) {
  std::string out;
  {
    JsonWriter writer(out);
    writer.begin_array();
    write(writer);
    writer.end_array();
  }
  return out;
}

}  // namespace

std::string models_json() {
  return list_of([](JsonWriter& writer) { write_rows(writer, catalog_models(), write_model_row); });
}
std::string gpus_json() {
  return list_of([](JsonWriter& writer) { write_rows(writer, catalog_gpus(), write_gpu_row); });
}
std::string fields_json() {
  return list_of([](JsonWriter& writer) { write_rows(writer, scenario_fields(), write_field_row); });
}

std::string catalog_json(std::string_view kind) {
  if (kind == "models") return models_json();
  if (kind == "gpus") return gpus_json();
  if (kind == "fields") return fields_json();
  if (kind == "families") return list_of([](JsonWriter& writer) { write_rows(writer, families(), write_family_row); });
  if (kind == "messages") {
    return list_of([](JsonWriter& writer) {
      for (const auto table : {messages(), advice_messages(), documented_messages()}) write_rows(writer, table, write_message_row);
    });
  }
  const std::string value = json(std::string(kind)).dump(-1, ' ', false, json::error_handler_t::replace);
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  write_issues(writer, {error("unknown_catalog", "kind", value, "There is no catalog " + value + "; known are models, gpus, fields, families and messages.")});
  writer.end_object();
  return out;
}

}  // namespace vram
