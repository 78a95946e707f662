// Exchanges between ranks.
// SPDX-License-Identifier: MIT
#include "collectives.h"

#include <algorithm>

#include "vram/layout.h"

namespace vram {

namespace {

// Share of a link's rate that large messages reach, and the wait of one step of a ring.
constexpr double kLinkShare = 0.75;            // NCCL bus bandwidth on NVLink and PCIe, public nccl-tests logs: 0.7 to 0.85
constexpr double kStepSeconds = 8e-6;
// Assumptions (grade E): the catalog states no network, because it is bought with the node and not with the card.
constexpr double kNetworkDatacenter = 50e9;    // 400 Gbit/s a card, as reference nodes since 2022 are built
constexpr double kNetworkOther = 3.1e9;        // 25 Gbit/s Ethernet
constexpr double kPcieFallback = 16e9;         // where the catalog knows no PCIe rate

/// A group whose ranks are `stride` cards apart leaves the node once it is longer than the node.
double rate_of(const Links& links, double ranks, double stride) { return ranks * stride <= links.per_node ? links.inside : links.outside; }

/// Rings of a group with several ranks in a node leave it once a node and not once a rank, through all their network cards.
double ring_rate(const Links& links, double ranks, double stride) {
  if (ranks * stride <= links.per_node) return links.inside;
  return std::min(links.inside, links.outside * std::max(1.0, links.per_node / stride));
}

double timed(double bytes, double ranks, double rate, double rounds) {
  if (ranks <= 1) return 0.0;
  return rounds * (bytes * (ranks - 1) / ranks / rate + kStepSeconds);
}

}  // namespace

Links links_of(const GpuSpec& gpu) {
  Links links;
  links.per_node = static_cast<double>(per_node_of(gpu));
  // The catalog adds both directions of a link; a card without one goes over PCIe, which two cards share with the host.
  const double pcie = gpu.pcie_bytes_per_second > 0 ? gpu.pcie_bytes_per_second / 2 : kPcieFallback;
  links.inside = kLinkShare * (gpu.interconnect_bytes_per_second > 0 ? gpu.interconnect_bytes_per_second / 2 : pcie);
  links.outside = kLinkShare * (gpu.gpu_class == GpuClass::datacenter ? kNetworkDatacenter : kNetworkOther);
  if (links.outside > links.inside) links.outside = links.inside;
  return links;
}

double all_reduce_seconds(const Links& links, double bytes, double ranks, double stride) { return timed(bytes, ranks, ring_rate(links, ranks, stride), 2.0); }
double gather_seconds(const Links& links, double bytes, double ranks, double stride) { return timed(bytes, ranks, ring_rate(links, ranks, stride), 1.0); }
double all_to_all_seconds(const Links& links, double bytes, double ranks, double stride) { return timed(bytes, ranks, rate_of(links, ranks, stride), 1.0); }
double send_seconds(const Links& links, double bytes, double stride) { return bytes / rate_of(links, 2, stride) + kStepSeconds; }

}  // namespace vram
