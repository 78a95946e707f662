// Accelerators: what one card or chip holds, moves and computes.
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace vram {

enum class GpuClass : unsigned char { consumer, laptop, workstation, datacenter, soc };

/// Where `usable_bytes` comes from: read from a driver or framework log, or derived from sibling cards.
enum class UsableBasis : unsigned char { measured, derived };

/// Announced parts carry the maker's targets; modified ones were given more memory after sale by somebody else.
enum class Availability : unsigned char { released, announced, modified };

/// Dense rates in operations per second (a multiply-add counts as two), FP32 accumulate for the floating formats.
/// 0 = not supported, or no sourced figure; the `supports_*` flags of GpuSpec tell which.
struct GpuFlops {
  double fp32 = 0.0;
  double tf32 = 0.0;
  double fp16 = 0.0;  ///< matrix unit, or the vector unit of parts without one
  double fp16_accumulate = 0.0;  ///< the same products summed in fp16, where that is faster (NVIDIA's consumer cards)
  double bf16 = 0.0;
  double fp8 = 0.0;
  double int8 = 0.0;
  double fp4 = 0.0;
};

/// Prices in US dollars, 0 = unknown. Never a quote: always shown with their date.
struct GpuPrices {
  double launch_usd = 0.0;
  double street_usd = 0.0;
  std::string_view street_as_of;  ///< day, month, quarter or year, as exact as the source was
  double cloud_usd_per_hour = 0.0;
  std::string_view cloud_as_of;
};

/// One size a part is sold with (unified-memory machines come in several). Zero rows are unused.
struct MemoryOption {
  std::int64_t memory_bytes = 0;
  std::int64_t usable_bytes = 0;
};

/// One row of the accelerator catalog. Text is UTF-8 and lives as long as the program.
struct GpuSpec {
  std::string_view id;  ///< kebab-case, without the vendor: `rtx-4090`, `h100-sxm5-80gb`
  std::string_view name;
  std::string_view vendor;
  std::string_view architecture;
  std::string_view memory_type;
  std::string_view interconnect;  ///< name of the link between accelerators, empty = PCIe only
  std::span<const std::string_view> aliases;

  GpuClass gpu_class = GpuClass::consumer;
  Availability availability = Availability::released;
  UsableBasis usable_basis = UsableBasis::derived;
  bool unified_memory = false;  ///< shared with the CPU and the operating system
  bool supports_bf16 = false;
  bool supports_fp8 = false;
  bool supports_int8 = false;
  bool supports_fp4 = false;
  int year = 0;                ///< 0 = unknown
  int compute_capability = 0;  ///< times ten: 90 is 9.0; 0 = not NVIDIA, or not published
  int max_per_node = 0;        ///< 0 = unknown
  int tdp_watts = 0;           ///< 0 = unknown

  std::int64_t memory_bytes = 0;                 ///< as marketed, in multiples of 2^30; the largest option
  std::int64_t usable_bytes = 0;                 ///< what a process can be given before its own context
  std::array<MemoryOption, 4> memory_options{};  ///< ascending; empty when there is one size only

  double bandwidth_bytes_per_second = 0.0;     ///< of the device memory; 0 = unknown
  double interconnect_bytes_per_second = 0.0;  ///< per accelerator, both directions added; 0 = none or unknown
  int pcie_generation = 0;                     ///< 0 = no PCIe or unknown
  int pcie_lanes = 0;
  double pcie_bytes_per_second = 0.0;  ///< one direction, after line coding; 0 = no PCIe or unknown

  GpuFlops flops;
  GpuFlops measured_flops;  ///< best matrix product seen in public benchmarks; only bf16 and fp8, few parts
  GpuPrices prices;
};

}  // namespace vram
