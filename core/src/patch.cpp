// Patches.
// SPDX-License-Identifier: MIT
#include "patch.h"

#include "scenario_fields.h"
#include "scenario_json.h"

namespace vram {

std::string patch_text(const Scenario& before, const Scenario& after) {
  Scenario a = before;  // the accessors of the table give references
  Scenario b = after;
  std::string out;
  JsonWriter writer(out);
  std::string_view open;
  writer.begin_object();
  for (const Field& field : scenario_fields()) {
    std::string old_text;
    std::string new_text;
    JsonWriter old_writer(old_text);
    JsonWriter new_writer(new_text);
    write_value(old_writer, field, a);
    write_value(new_writer, field, b);
    if (old_text == new_text) continue;
    const std::size_t dot = field.path.find('.');
    const std::string_view group = dot == std::string_view::npos ? std::string_view{} : field.path.substr(0, dot);
    if (group != open) {
      if (!open.empty()) writer.end_object();
      if (!group.empty()) writer.begin_object(group);
      open = group;
    }
    writer.key(dot == std::string_view::npos ? field.path : field.path.substr(dot + 1));
    writer.raw(new_text);
  }
  if (!open.empty()) writer.end_object();
  writer.end_object();
  return out;
}

}  // namespace vram
