// Time of llama.cpp, from its source: ggml-cuda.cu (products, conversions), ggml-backend.cpp (copies of a graph in flight).
// SPDX-License-Identifier: MIT
#include "ggml_speed.h"

#include <algorithm>
#include <cmath>

namespace vram {

namespace {

// Two channels of DDR5-5600 offer 89.6 GB/s; programs that stream weights reach about two thirds.
constexpr double kHostBandwidth = 60e9;

// Bytes per element beside the products. 16 bit: inputs are read in fp32, written and read in fp16; outputs are written and
// read in fp16 and written in fp32, which the next operation reads and writes. Integers: inputs become blocks of 8 bit,
// outputs are fp32 at once.
constexpr double kInput16 = 8, kOutput16 = 16, kInput8 = 6, kOutput8 = 12;
// A score: fp32 written, read and written by the softmax, read again, and written and read in fp16 by the next product.
constexpr double kScore = 20;

constexpr double kIntegerShare = 0.30;                     // of the int8 rate; llama-bench of builds 3622 and later, two cards
constexpr EngineVersion kIntegerSince = {true, 3209, 0, 0};  // pull request 8062: integer kernels by default where the card has units for them
constexpr int kTuring = 75;
constexpr double kGraphCopies = 4;  // GGML_SCHED_MAX_COPIES: micro-batches in flight

double seconds(double amount, double rate) { return rate > 0 ? amount / rate : 0.0; }

bool runs_on_integers(const Scenario& scenario, const GpuSpec& gpu) {
  const InferenceRun& i = scenario.inference;
  const bool recent = i.engine == Engine::ollama || !i.engine_version.given || i.engine_version.at_least(kIntegerSince);
  return recent && i.quantization.kind != Quantization::Kind::none && gpu.compute_capability >= kTuring && gpu.flops.int8 > 0;
}

}  // namespace

GgmlReads ggml_reads(const Scenario& scenario, const Run& run, const Work& work, const MemoryEstimate& memory, double cached_tokens) {
  const InferenceRun& i = scenario.inference;
  GgmlReads reads;
  const double device = memory.timeline[0].terms[TermId::weights];
  const double matrices = work.all_elements - work.lookup_elements;
  const double met = matrices > 0 ? std::min(1.0, work.read_elements / matrices) : 1.0;
  reads.device = device * met;
  if (i.gpu_layers < 0 && i.cpu_experts == 0) return reads;
  const double all = device + memory.host_bytes;
  const double embedded = work.all_elements > 0 ? all * work.lookup_elements / work.all_elements : 0.0;
  reads.host_stored = memory.host_dense_bytes + memory.host_expert_bytes;
  reads.host = memory.host_dense_bytes + memory.host_expert_bytes * (work.expert_elements > 0 ? work.read_expert_elements / work.expert_elements : 1.0);
  reads.device = std::max(0.0, (all - embedded) * met - reads.host);
  if (run.serving.growing_tokens > 0) reads.host_cache = memory.host_cache_bytes * cached_tokens / run.serving.growing_tokens;
  return reads;
}

double host_seconds(const GgmlReads& reads) { return (reads.host + reads.host_cache) / kHostBandwidth; }

double ggml_prompt_seconds(const Scenario& scenario, const Run& run, const GpuSpec& gpu, const EngineSpeed& engine, const Work& work, const GgmlReads& reads, double tokens) {
  const bool packed = scenario.inference.quantization.kind != Quantization::Kind::none;
  const bool integers = runs_on_integers(scenario, gpu);
  const double micro_batches = std::ceil(tokens / std::max(1.0, run.serving.micro_batch));
  const double half = (gpu.flops.fp16_accumulate > 0 ? gpu.flops.fp16_accumulate : matrix_rate(gpu, Dtype::fp16)) * engine.compute_share;
  const double products = integers ? gpu.flops.int8 * kIntegerShare : half;
  const double compute = seconds(work.matrix, products) + seconds(work.attention, half);
  const double bandwidth = gpu.bandwidth_bytes_per_second * engine.bandwidth_share;
  double moved = work.inputs * (integers ? kInput8 : kInput16) + work.outputs * (integers ? kOutput8 : kOutput16);
  if (packed && !integers) moved += micro_batches * (reads.device + 2.0 * (work.read_elements - work.head_elements));
  if (!scenario.inference.flash_attention) moved += work.scores * kScore;
  const double fetched = micro_batches * reads.host_stored;
  const double streamed = seconds(micro_batches * reads.device, bandwidth);
  const double whole = std::max(compute + seconds(moved, bandwidth), streamed) + fetched / (gpu.pcie_bytes_per_second > 0 ? gpu.pcie_bytes_per_second : kHostBandwidth) +
                       micro_batches * work.layers * engine.block_seconds;
  const double cards = std::min(static_cast<double>(scenario.parallelism.pipeline_parallel_size), kGraphCopies);
  return whole * ((micro_batches - 1.0) / cards + 1.0) / micro_batches;
}

}  // namespace vram
