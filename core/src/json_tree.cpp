// The JSON library's reader with one receiver: its own parse() brings the reader twice, 2 kB more of the module.
// SPDX-License-Identifier: MIT
#include "json_tree.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace vram {

using nlohmann::json;

namespace {

class TreeBuilder {
 public:
  explicit TreeBuilder(json& root) : place_(&root) {}

  bool null() { return put(json()); }
  bool boolean(bool value) { return put(json(value)); }
  bool number_integer(std::int64_t value) { return put(json(value)); }
  bool number_unsigned(std::uint64_t value) { return put(json(value)); }
  bool number_float(double value, const std::string&) { return put(json(value)); }
  bool string(std::string& value) { return put(json(std::move(value))); }
  bool binary(json::binary_t&) { return false; }  // no JSON text has any
  bool start_object(std::size_t) { return open(json::value_t::object); }
  bool start_array(std::size_t) { return open(json::value_t::array); }
  bool key(std::string& name) {
    place_ = &(*open_.back())[std::move(name)];  // of two members of one name the last counts
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t, const std::string&, const json::exception&) { return false; }

 private:
  /// What the next value becomes: the member that was just named, or a new element of the open array.
  json& next() {
    if (!open_.empty() && open_.back()->is_array()) return open_.back()->emplace_back();
    return *place_;
  }
  bool put(json value) {
    next() = std::move(value);
    return true;
  }
  bool open(json::value_t type) {
    json& place = next();
    place = json(type);
    open_.push_back(&place);  // stays where it is: what holds it grows again only once it is closed
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::vector<json*> open_;  ///< objects and arrays around the next value, outermost first
  json* place_;
};

}  // namespace

json tree_of(std::string_view text) {
  json value;
  TreeBuilder builder(value);
  if (!json::sax_parse(text.begin(), text.end(), &builder)) return json(json::value_t::discarded);
  return value;
}

}  // namespace vram
