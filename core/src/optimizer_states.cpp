// The optimizer table (formulas section 3).
// SPDX-License-Identifier: MIT
#include "optimizer_states.h"

#include <array>

namespace vram {

namespace {

// bitsandbytes blockwise: one byte per element and one fp32 scale per 256.
constexpr double kBlockwise8Bit = 1.0 + 4.0 / 256.0;

constexpr std::array<OptimizerStates, 13> kOptimizers = {{
    {Optimizer::adamw, 2, 0, false, false, 1},
    {Optimizer::adam, 2, 0, false, false, 1},
    {Optimizer::sgd, 0, 0, false, false, 0},
    {Optimizer::sgd_momentum, 1, 0, false, false, 0},
    {Optimizer::adamw_8bit, 2, kBlockwise8Bit, false, false, 0},
    {Optimizer::paged_adamw, 2, 4, false, true, 0},
    {Optimizer::paged_adamw_8bit, 2, kBlockwise8Bit, false, true, 0},
    {Optimizer::adafactor, 1, 4, true, false, 0},
    {Optimizer::lion, 1, 0, false, false, 1},
    {Optimizer::lion_8bit, 1, kBlockwise8Bit, false, false, 0},
    {Optimizer::muon, 1, 0, false, false, 1},
    {Optimizer::adam_mini, 1, 0, false, false, 1},
    {Optimizer::galore, 2, 0, false, false, 1},
}};

}  // namespace

const OptimizerStates& states_of(Optimizer optimizer) { return kOptimizers[static_cast<std::size_t>(optimizer)]; }

}  // namespace vram
