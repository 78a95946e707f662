// Inference: what a stage holds, the moments of serving, and what an engine's pool is worth.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "gguf_weights.h"
#include "vram/estimate.h"

namespace vram {

namespace {

double rate_at(const BasisRate& row, const BasicRun& run) {
  const std::size_t b = static_cast<std::size_t>(row.basis);
  const ByteRate& r = row.rate;
  return r.token * run.tokens[b] + r.pair * run.pairs[b] + r.sample * run.batch + r.square * run.squares[b] + r.cross * run.cross_pairs;
}

bool covers(const BasisRate& a, const BasisRate& b) {
  return a.basis == b.basis && a.rate.token >= b.rate.token && a.rate.pair >= b.rate.pair && a.rate.sample >= b.rate.sample &&
         a.rate.square >= b.rate.square && a.rate.cross >= b.rate.cross;
}

/// Matrices of latent attention that an engine makes beside the checkpoint's, in 16 bit.
double latent_bytes(const Inventory& inventory, const BasicRun& run, const Block& block) {
  if (block.kind != BlockKind::latent_attention || (!run.latent_copies && !run.latent_absorbed)) return 0;
  const auto weights = inventory.weights_of(block);
  const auto find = [&](std::string_view name) {
    const auto found = std::find_if(weights.begin(), weights.end(), [&](const Weight& w) { return w.name == name; });
    return found == weights.end() ? nullptr : &*found;
  };
  const Weight* up = find("kv_b_proj");
  if (up == nullptr) return 0;
  double elements = static_cast<double>(up->out * up->in);
  if (run.latent_absorbed) {
    const Weight* query = find("q_b_proj") != nullptr ? find("q_b_proj") : find("q_proj");
    const Weight* output = find("o_proj");
    if (query == nullptr || output == nullptr) return 0;
    elements = static_cast<double>(inventory.max_heads * up->in * (query->in + output->out));
  }
  return elements * 2.0 / run.tensor;
}

double round_up(double value, double step) { return std::ceil(value / step) * step; }

constexpr double kOffloadedRows = 32;  // ggml-cuda.cu: min_batch_size of ggml_backend_cuda_device_offload_op

/// Tokens that one sequence keeps in a cache with a window.
double window_tokens(const ServingRun& s, double window, double length) {
  const double ring = round_up(window * s.window_sequences + s.window_extra, s.window_pad) / s.window_sequences;
  return std::min(length, ring);
}

}  // namespace

Evaluator::StageServing Evaluator::serving_stage(const BasicRun& run, std::int64_t stage) const {
  StageServing sum;
  const bool first = stage == 0;
  const std::int64_t stages = static_cast<std::int64_t>(run.pipeline);
  const bool last = stage == stages - 1;
  GgufCounter gguf(inventory_, run);

  const auto add = [&](std::int32_t index, Basis basis, bool on_device, std::int64_t layer, double& host_matrix) {
    const Block& block = inventory_.blocks[static_cast<std::size_t>(index)];
    const BlockCost& cost = costs_[static_cast<std::size_t>(index)];
    PlacedBytes placed;
    if (run.gguf) {
      placed = gguf.block(block, layer);
    } else {
      const bool experts_there = static_cast<double>(layer) < run.cpu_experts;
      placed.tables = cost.table_bytes;
      placed.experts = cost.expert_bytes;
      placed.host = (run.embeddings_on_host ? cost.table_bytes : 0.0) + (experts_there ? cost.expert_bytes : 0.0);
      placed.device = cost.weight_bytes - placed.host;
    }
    placed.device += latent_bytes(inventory_, run, block);
    const double there = placed.host - (run.embeddings_on_host ? placed.tables : 0.0);  // experts whose layer is on the device
    sum.host_experts += on_device ? there : placed.experts;
    if (!on_device) {
      sum.host_dense += placed.device + placed.host - placed.tables - placed.experts;
      sum.host_cache += block.cache.kind == CacheKind::growing ? cost.kv_bytes : 0.0;
      placed.host += placed.device;
      placed.device = 0;
    }
    host_matrix = std::max(host_matrix, on_device ? placed.largest_on_host : placed.largest);
    sum.weight_bytes += placed.device;
    sum.host_bytes += placed.host;
    sum.parameters += cost.parameters;
    sum.quantised += cost.quantised;
    if (!on_device) return;
    const Cache& cache = block.cache;
    sum.constant += cost.kv_constant;
    if (inventory_.compresses_keys && cache.kind != CacheKind::none) {
      sum.compressed_layers += 1;
      (cache.compression == kIndexedCompression ? sum.indexed_layers : sum.pooled_layers) += cache.compression > 0 ? 1.0 : 0.0;
    } else if (cost.kv_constant > 0) {
      sum.state_layers += 1;
    }
    sum.state_page = std::max(sum.state_page, cost.state_page);
    sum.largest_layer = std::max(sum.largest_layer, cost.kv_bytes);
    if (cache.kind == CacheKind::growing) {
      sum.growing += cost.kv_bytes;
      sum.growing_layers += 1;
      sum.kv_elements += cost.kv_elements;
    } else if (cache.kind == CacheKind::encoder) {
      sum.encoder += cost.kv_bytes;
    } else if (cache.kind == CacheKind::windowed) {
      sum.kv_elements += cost.kv_elements;
      const double window = static_cast<double>(cache.window);
      std::size_t w = 0;
      while (w < sum.window_count && w + 1 < kWindows && sum.windows[w].window != window) ++w;
      if (w == sum.window_count) ++sum.window_count;
      WindowCache& row = sum.windows[w];
      row.window = std::max(row.window, window);
      row.bytes += cost.kv_bytes;
      row.layers += 1;
    }
    const BasisRate rate{cost.forward, basis};
    if (std::any_of(sum.forward.begin(), sum.forward.end(), [&](const BasisRate& other) { return covers(other, rate); })) return;
    std::erase_if(sum.forward, [&](const BasisRate& other) { return covers(rate, other); });
    sum.forward.push_back(rate);
  };

  bool tied_head = false;
  for (const Stack& stack : inventory_.stacks) {
    const bool main = stack.kind == StackKind::decoder;
    const bool pipelined = main && stages > 1;
    if (!pipelined && !first) continue;
    if (!run.towers && (stack.kind == StackKind::vision || stack.kind == StackKind::projector)) continue;
    if (first) {
      for (const std::int32_t index : stack.before) add(index, stack.basis, true, 0, sum.host_matrix);
    }
    const std::int64_t total = static_cast<std::int64_t>(stack.layers.size());
    const std::int64_t on_host = main && run.gpu_layers >= 0 ? std::max<std::int64_t>(0, total - static_cast<std::int64_t>(run.gpu_layers)) : 0;
    const std::int64_t spread = total - on_host + (run.split_with_head ? 1 : 0);
    const auto boundary = [&](std::int64_t s) {
      const std::int64_t at = run.split_with_head ? (s * spread + stages - 1) / stages : s * spread / stages;
      return s == stages ? total : std::min(total, on_host + at);
    };
    const std::int64_t begin = pipelined ? boundary(stage) : on_host;
    const std::int64_t end = pipelined ? boundary(stage + 1) : total;
    for (std::int64_t l = first ? 0 : begin; l < end; ++l) {
      if (l >= on_host && l < begin) continue;
      const Layer& layer = stack.layers[static_cast<std::size_t>(l)];
      for (const std::int32_t index : {layer.mixer, layer.ffn}) {
        if (index >= 0) add(index, stack.basis, l >= on_host, l, sum.host_matrix);
      }
    }
    if (!last && pipelined) continue;
    const bool head_on_device = !main || run.gpu_layers < 0 || static_cast<std::int64_t>(run.gpu_layers) > total;
    for (const std::int32_t index : stack.after) add(index, stack.basis, head_on_device, total, sum.host_head);
    if (!main || inventory_.vocab_size == 0) continue;
    sum.has_head = head_on_device;
    if (inventory_.tied_elements == 0) continue;
    if (!head_on_device && run.gguf && sum.host_head <= 0) {
      sum.host_head = gguf.tied_head();
      sum.host_dense += sum.host_head;
    }
    // A tied head is a matrix of its own where the embedding lives elsewhere, or where the framework unties it.
    const bool apart = run.embeddings_on_host || run.tied_head_copied || (pipelined && !first);
    if (!apart || !head_on_device || tied_head) continue;
    tied_head = true;  // one head, however many stacks the layers stand in
    if (run.gguf) {
      sum.weight_bytes += gguf.tied_head();
    } else {
      sum.weight_bytes += static_cast<double>(inventory_.tied_elements) / run.tensor * (run.table_bytes > 0 ? run.table_bytes : run.weight_bytes);
    }
    sum.parameters += static_cast<double>(inventory_.tied_elements) / run.tensor;
  }
  return sum;
}

void Evaluator::prepare_serving(const BasicRun& run) {
  serving_pipeline_ = run.pipeline;
  serving_.clear();
  for (std::int64_t stage = 0; stage < static_cast<std::int64_t>(run.pipeline); ++stage) serving_.push_back(serving_stage(run, stage));
}

void Evaluator::inference_timeline(const BasicRun& run, const StageServing& stage, MemoryEstimate& estimate) const {
  const ServingRun& s = run.serving;
  const double vocabulary = stage.has_head ? static_cast<double>(inventory_.vocab_size) : 0.0;
  const double hidden = static_cast<double>(inventory_.hidden_size);

  // Caches of the tokens in use, when everything is read and written, and when only the prompts are read.
  double fixed = stage.constant * s.states;
  if (stage.encoder > 0) fixed += stage.encoder * run.tokens[static_cast<std::size_t>(Basis::encoder_tokens)];
  double full = stage.growing * s.growing_tokens + fixed;
  double prefill = stage.growing * s.prefill_tokens + fixed;
  for (std::size_t w = 0; w < stage.window_count; ++w) {
    const WindowCache& row = stage.windows[w];
    const double kept = window_tokens(s, row.window, s.length);
    full += row.bytes * kept * s.sequences;
    prefill += row.bytes * (s.prefill_tokens < s.growing_tokens ? std::min(kept, s.prompt) : kept) * s.sequences;
  }
  full += s.draft_token_bytes * s.growing_tokens;
  prefill += s.draft_token_bytes * s.prefill_tokens;
  if (s.draft_layers > 0) {
    const double layers = std::max(1.0, stage.growing_layers);
    full += s.draft_layers * stage.growing / layers * s.growing_tokens;
    prefill += s.draft_layers * stage.growing / layers * s.prefill_tokens;
  }

  double activations = 0;
  const double reduced = hidden * s.reduced_bytes * run.tokens[static_cast<std::size_t>(Basis::tokens)];
  for (const BasisRate& row : stage.forward) {
    const double beside = row.basis == Basis::patches ? s.pixel_bytes : row.basis == Basis::tokens ? reduced : 0.0;
    activations = std::max(activations, rate_at(row, run) + beside);
  }
  double prefill_logits = vocabulary * s.prefill_logit_bytes;
  const double width = run.width_bytes[static_cast<std::size_t>(Width::compute)];
  double decode_logits = vocabulary * s.sampler_bytes;
  // While a step samples, the hidden states of its tokens are alive: of the profiled batch, or of one token each.
  double decode = hidden * width * (s.pooled ? run.tokens[0] : s.states) + s.cache_growth_layers * stage.largest_layer * s.length * s.sequences;
  const double encoded = s.encoder_tokens * hidden * width + s.input_bytes;
  activations += encoded;
  decode += encoded;
  double scratch = 0;
  if (s.micro_batch > 0) {
    const double output = stage.has_head ? s.scratch_hidden * hidden + s.scratch_vocabulary * vocabulary : 0.0;
    scratch = std::max(output, s.scratch_inner_hidden * hidden + s.scratch_fixed);
    // Large batches are multiplied on the device even where the matrix is not: its copy stands in the buffer (ggml-backend.cpp, op_offload).
    if (s.micro_batch >= kOffloadedRows) {
      if (stage.host_matrix > 0) scratch = std::max(scratch, stage.host_matrix + s.scratch_hidden * hidden);
      if (stage.host_head > 0) scratch = std::max(scratch, stage.host_head + s.scratch_hidden * hidden + s.scratch_vocabulary * static_cast<double>(inventory_.vocab_size));
    }
    activations = decode = prefill_logits = decode_logits = 0;
  }
  if (prefill_logits > activations) {  // made when the last layer's transients are gone
    activations = 0;
  } else {
    prefill_logits = 0;
  }

  const double weights = stage.weight_bytes + run.rotary_bytes + s.draft_weight_bytes;
  const double peak = std::max(activations + prefill_logits, decode + decode_logits);
  estimate.kv_in_use = full;
  estimate.host_bytes = stage.host_bytes;
  estimate.host_cache_bytes = stage.host_cache * s.growing_tokens;
  estimate.host_dense_bytes = stage.host_dense;
  estimate.host_expert_bytes = stage.host_experts;
  double idle = 0;
  if (s.pooled && s.capacity_bytes > 0) {
    const double used = weights + (s.pool.counts_peak ? peak : 0.0) + (s.pool.counts_non_torch ? run.communicator_bytes : 0.0) +
                        (s.pool.counts_graphs ? s.graph_bytes : 0.0);
    const double pool = s.pool.share_of_free ? s.memory_share * (s.capacity_bytes - run.context_bytes - used) : s.memory_share * s.capacity_bytes - used;
    estimate.pool_bytes = std::max(0.0, pool);
    if (s.reserve) idle = std::max(0.0, estimate.pool_bytes - full);
  }
  estimate.idle_pool = idle;

  TermBytes base;
  base[TermId::weights] = weights;
  base[TermId::framework_overhead] = run.context_bytes + run.workspace_bytes;
  base[TermId::communication_buffers] = run.communicator_bytes;
  const auto add = [&](Phase phase, double at, double kv, double step, double logits) {
    Moment& moment = estimate.timeline.add(phase, at, base);
    moment.terms[TermId::kv_cache] = kv;
    moment.terms[TermId::activations] = step;
    moment.terms[TermId::logits] = logits;
    moment.terms[TermId::fragmentation] = run.fragmentation * (step + logits);
  };
  add(Phase::load, 0.0, 0, 0, 0);
  base[TermId::engine_buffers] = scratch + s.graph_bytes;
  add(Phase::prefill, 0.5, prefill + idle, activations, prefill_logits);
  add(Phase::decode, 1.0, full + idle, decode, decode_logits);

  estimate.counted.parameters = stage.parameters;
  estimate.counted.quantised_parameters = stage.quantised;
  estimate.counted.logit_count = vocabulary * s.sampled_rows;
  estimate.counted.kv_elements_per_token = stage.kv_elements;
  estimate.counted.kv_tokens = s.growing_tokens;
  estimate.counted.transient = activations;
}

}  // namespace vram
