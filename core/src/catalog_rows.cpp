// Reads the embedded catalog. Text is a third of the bytes to send that tables of structs would be.
// SPDX-License-Identifier: MIT
#include "catalog_rows.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "vram/catalog.h"

namespace vram {
namespace {

/// Takes the text up to `end` off the front of `rest`.
std::string_view take(std::string_view& rest, char end) {
  const std::size_t at = std::min(rest.find(end), rest.size());
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return taken;
}

/// A whole number without sign; "" is 0. Our own text: at most 18 digits.
std::int64_t whole_of(std::string_view text) {
  std::int64_t value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value;
}

/// A decimal number without sign or exponent, rounded once: digits and power of ten are exact doubles.
double number_of(std::string_view text) {
  const std::size_t dot = std::min(text.find('.'), text.size());
  const std::string_view decimals = text.substr(std::min(dot + 1, text.size()));
  std::int64_t power = 1;
  std::int64_t digits = whole_of(text.substr(0, dot));
  for (const char c : decimals) {
    digits = digits * 10 + (c - '0');
    power *= 10;
  }
  return static_cast<double>(digits) / static_cast<double>(power);
}

template <class Enum, std::size_t kCount>
Enum enum_of(std::string_view text, const std::array<std::string_view, kCount>& names) {
  return static_cast<Enum>(std::find(names.begin(), names.end(), text) - names.begin());
}

constexpr std::array<std::string_view, 5> kGpuClasses = {"consumer", "laptop", "workstation", "datacenter", "soc"};
constexpr std::array<std::string_view, 2> kUsableBases = {"measured", "derived"};
constexpr std::array<std::string_view, 3> kAvailabilities = {"released", "announced", "modified"};

/// Walks the columns of a table in order.
template <class Row>
class Columns {
 public:
  Columns(std::string_view table, std::vector<Row>& rows) : rest_(table), rows_(rows) {}

  /// The next column, which must have that name: `read(row, cell)` for each row. Where it has another, the table and
  /// this reader have come apart and the catalog is left empty, which no test and no user can miss.
  template <class Read>
  void column(std::string_view name, Read read) {
    if (take(rest_, '\n') != name) rows_.clear();
    for (Row& row : rows_) read(row, take(rest_, '\n'));
  }
  void text(std::string_view name, std::string_view Row::* field) {
    column(name, [field](Row& row, std::string_view cell) { row.*field = cell; });
  }
  void whole(std::string_view name, std::int64_t Row::* field) {
    column(name, [field](Row& row, std::string_view cell) { row.*field = whole_of(cell); });
  }
  void whole(std::string_view name, int Row::* field) {
    column(name, [field](Row& row, std::string_view cell) { row.*field = static_cast<int>(whole_of(cell)); });
  }
  void number(std::string_view name, double Row::* field) {
    column(name, [field](Row& row, std::string_view cell) { row.*field = number_of(cell); });
  }
  template <class Part>
  void number(std::string_view name, Part Row::* part, double Part::* field) {
    column(name, [part, field](Row& row, std::string_view cell) { row.*part.*field = number_of(cell); });
  }
  void flag(std::string_view name, bool Row::* field) {
    column(name, [field](Row& row, std::string_view cell) { row.*field = !cell.empty(); });
  }

 private:
  std::string_view rest_;
  std::vector<Row>& rows_;
};

/// Lines of the first column, which ends where the column "name" begins.
std::size_t row_count(std::string_view table) {
  const std::string_view first = table.substr(0, table.find("\nname\n"));
  return static_cast<std::size_t>(std::count(first.begin(), first.end(), '\n'));
}

std::vector<CatalogModel> read_models() {
  std::vector<CatalogModel> models(row_count(kModelTable));
  Columns<CatalogModel> table(kModelTable, models);
  table.text("id", &CatalogModel::id);
  table.text("name", &CatalogModel::name);
  table.text("family", &CatalogModel::family);
  table.column("kind", [](CatalogModel& model, std::string_view cell) {
    for (const ModelKind kind : {ModelKind::decoder, ModelKind::moe, ModelKind::multimodal, ModelKind::encoder, ModelKind::encoder_decoder,
                                 ModelKind::vit, ModelKind::cnn}) {
      if (name_of(kind) == cell) model.kind = kind;
    }
  });
  table.column("inputs", [](CatalogModel& model, std::string_view cell) {
    const auto holds = [cell](char letter) { return cell.find(letter) != std::string_view::npos; };
    model.inputs = {.text = holds('t'), .image = holds('i'), .video = holds('v'), .audio = holds('a')};
  });
  table.flag("published_exact", &CatalogModel::published_exact);
  table.whole("year", &CatalogModel::year);
  table.whole("published_parameters", &CatalogModel::published_parameters);
  table.whole("published_active_parameters", &CatalogModel::published_active_parameters);
  table.whole("checkpoint_parameters", &CatalogModel::checkpoint_parameters);
  table.whole("checkpoint_extra", &CatalogModel::checkpoint_extra);
  table.column("published_tolerance", [](CatalogModel& model, std::string_view cell) {
    if (!cell.empty()) model.published_tolerance = number_of(cell);
  });
  table.text("structure", &CatalogModel::structure);
  return models;
}

/// Names of all parts behind one another; each part's aliases are a piece of it.
std::vector<std::string_view> read_aliases(std::span<const std::string_view> cells) {
  std::vector<std::string_view> aliases;
  for (std::string_view cell : cells) {
    while (!cell.empty()) aliases.push_back(take(cell, ','));
  }
  return aliases;
}

struct GpuTable {
  std::vector<GpuSpec> gpus;
  std::vector<std::string_view> aliases;
};

GpuTable read_gpus() {
  GpuTable result;
  std::vector<GpuSpec>& gpus = result.gpus;
  gpus.resize(row_count(kGpuTable));
  Columns<GpuSpec> table(kGpuTable, gpus);
  table.text("id", &GpuSpec::id);
  table.text("name", &GpuSpec::name);
  table.text("vendor", &GpuSpec::vendor);
  table.text("architecture", &GpuSpec::architecture);
  table.text("memory_type", &GpuSpec::memory_type);
  table.text("interconnect", &GpuSpec::interconnect);
  std::vector<std::string_view> aliases;
  table.column("aliases", [&aliases](GpuSpec&, std::string_view cell) { aliases.push_back(cell); });
  table.column("gpu_class", [](GpuSpec& gpu, std::string_view cell) { gpu.gpu_class = enum_of<GpuClass>(cell, kGpuClasses); });
  table.column("availability", [](GpuSpec& gpu, std::string_view cell) { gpu.availability = enum_of<Availability>(cell, kAvailabilities); });
  table.column("usable_basis", [](GpuSpec& gpu, std::string_view cell) { gpu.usable_basis = enum_of<UsableBasis>(cell, kUsableBases); });
  table.flag("unified_memory", &GpuSpec::unified_memory);
  table.flag("supports_bf16", &GpuSpec::supports_bf16);
  table.flag("supports_fp8", &GpuSpec::supports_fp8);
  table.flag("supports_int8", &GpuSpec::supports_int8);
  table.flag("supports_fp4", &GpuSpec::supports_fp4);
  table.whole("year", &GpuSpec::year);
  table.whole("compute_capability", &GpuSpec::compute_capability);
  table.whole("max_per_node", &GpuSpec::max_per_node);
  table.whole("tdp_watts", &GpuSpec::tdp_watts);
  table.whole("memory_bytes", &GpuSpec::memory_bytes);
  table.whole("usable_bytes", &GpuSpec::usable_bytes);
  table.column("memory_options", [](GpuSpec& gpu, std::string_view cell) {
    for (MemoryOption& option : gpu.memory_options) {
      option.memory_bytes = whole_of(take(cell, ','));
      option.usable_bytes = whole_of(take(cell, ','));
    }
  });
  table.number("bandwidth_bytes_per_second", &GpuSpec::bandwidth_bytes_per_second);
  table.number("interconnect_bytes_per_second", &GpuSpec::interconnect_bytes_per_second);
  table.whole("pcie_generation", &GpuSpec::pcie_generation);
  table.whole("pcie_lanes", &GpuSpec::pcie_lanes);
  table.number("pcie_bytes_per_second", &GpuSpec::pcie_bytes_per_second);
  table.number("fp32", &GpuSpec::flops, &GpuFlops::fp32);
  table.number("tf32", &GpuSpec::flops, &GpuFlops::tf32);
  table.number("fp16", &GpuSpec::flops, &GpuFlops::fp16);
  table.number("fp16_accumulate", &GpuSpec::flops, &GpuFlops::fp16_accumulate);
  table.number("bf16", &GpuSpec::flops, &GpuFlops::bf16);
  table.number("fp8", &GpuSpec::flops, &GpuFlops::fp8);
  table.number("int8", &GpuSpec::flops, &GpuFlops::int8);
  table.number("fp4", &GpuSpec::flops, &GpuFlops::fp4);
  table.number("measured_bf16", &GpuSpec::measured_flops, &GpuFlops::bf16);
  table.number("measured_fp8", &GpuSpec::measured_flops, &GpuFlops::fp8);
  table.number("launch_usd", &GpuSpec::prices, &GpuPrices::launch_usd);
  table.number("street_usd", &GpuSpec::prices, &GpuPrices::street_usd);
  table.column("street_as_of", [](GpuSpec& gpu, std::string_view cell) { gpu.prices.street_as_of = cell; });
  table.number("cloud_usd_per_hour", &GpuSpec::prices, &GpuPrices::cloud_usd_per_hour);
  table.column("cloud_as_of", [](GpuSpec& gpu, std::string_view cell) { gpu.prices.cloud_as_of = cell; });

  result.aliases = read_aliases(aliases);
  const std::string_view* next = result.aliases.data();
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    const std::size_t count = aliases[i].empty() ? 0 : static_cast<std::size_t>(std::count(aliases[i].begin(), aliases[i].end(), ',')) + 1;
    gpus[i].aliases = {next, count};
    next += count;
  }
  return result;
}

}  // namespace

std::span<const CatalogModel> catalog_models() {
  static const std::vector<CatalogModel> kModels = read_models();
  return kModels;
}

std::span<const GpuSpec> catalog_gpus() {
  static const GpuTable kGpus = read_gpus();
  return kGpus.gpus;
}

}  // namespace vram
