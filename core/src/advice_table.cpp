// The catalogue of advice. Each entry is a patch; whether it helps is for the estimate to say.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>

#include "scenario_fields.h"
#include "training_stage.h"
#include "vram/advice.h"
#include "vram/catalog.h"
#include "vram/layout.h"
#include "vram/speed.h"

namespace vram {

namespace {

bool serves(const Scenario& s) { return s.task == Task::inference; }
bool llama_cpp(const Scenario& s) { return s.inference.engine == Engine::llama_cpp || s.inference.engine == Engine::ollama; }
bool adapts(const Scenario& s) {
  const Method m = s.training.method;
  return m == Method::lora || m == Method::qlora || m == Method::dora || m == Method::adalora;
}
bool has_stack(const Inventory& inventory, StackKind kind) {
  return std::any_of(inventory.stacks.begin(), inventory.stacks.end(), [kind](const Stack& stack) { return stack.kind == kind; });
}

/// Sets a field; false where it has that value already, so that nothing is proposed.
template <class T>
bool change(T& field, T value) {
  if (field == value) return false;
  field = value;
  return true;
}

/// Adapters as they are usually set up, beside the method: what a request that names only the method would get.
void usual_adapters(Scenario& s) {
  TrainingRun& t = s.training;
  t.learning_rate = 2e-4;
  if (t.weight_dtype == Dtype::fp32) t.weight_dtype = t.mixed_precision == MixedPrecision::fp16 ? Dtype::fp16 : Dtype::bf16;
}

/// Lowers `s`'s field, a reference into it, as far as it has to and no farther.
bool lower(Scenario& s, Judge& judge, std::int64_t& (*field)(Scenario&), std::int64_t grid) {
  const std::int64_t now = field(s);
  if (now <= grid) return false;
  if (judge.fits(s)) {
    field(s) = std::max(grid, now / 2 / grid * grid);
    return true;
  }
  Scenario probe = s;
  std::int64_t good = 0;
  std::int64_t bad = (now + grid - 1) / grid;
  while (bad - good > 1) {
    const std::int64_t middle = good + (bad - good) / 2;
    field(probe) = middle * grid;
    (judge.fits(probe) ? good : bad) = middle;
  }
  field(s) = good > 0 ? good * grid : grid;
  return true;
}

std::int64_t& length_of(Scenario& s) { return serves(s) ? s.inference.context_length : s.training.sequence_length; }

/// Splits one step into more micro-batches: the largest that fits, else single sequences.
bool smaller_micro_batch(Scenario& s, Judge& judge) {
  TrainingRun& t = s.training;
  if (serves(s) || t.micro_batch_size <= 1) return false;
  const std::int64_t step = t.micro_batch_size * t.gradient_accumulation_steps;
  const std::int64_t now = t.micro_batch_size;
  const bool fitting = judge.fits(s);
  for (std::int64_t m = now - 1; m >= 1; --m) {
    if (step % m != 0) continue;
    t.micro_batch_size = m;
    t.gradient_accumulation_steps = step / m;
    if (m == 1 || fitting || judge.fits(s)) return true;
  }
  return false;
}

bool larger_micro_batch(Scenario& s, Judge& judge) {
  TrainingRun& t = s.training;
  if (serves(s) || t.gradient_accumulation_steps <= 1 || judge.gpu() == nullptr) return false;
  const std::int64_t step = t.micro_batch_size * t.gradient_accumulation_steps;
  const std::int64_t now = t.micro_batch_size;
  Scenario probe = s;
  for (std::int64_t m = now + 1; m <= std::min<std::int64_t>(step, 65536); ++m) {
    if (step % m != 0) continue;
    probe.training.micro_batch_size = m;
    probe.training.gradient_accumulation_steps = step / m;
    if (!judge.fits(probe)) break;
    s = probe;
  }
  return s.training.micro_batch_size != now;
}

bool checkpoint(Scenario& s, Checkpointing kind) {
  TrainingRun& t = s.training;
  if (serves(s) || t.activation_checkpointing == Checkpointing::full || t.activation_checkpointing == Checkpointing::offloaded) return false;
  return change(t.activation_checkpointing, kind);
}

bool replace_adam(Scenario& s, Optimizer with) {
  TrainingRun& t = s.training;
  const bool wide = t.optimizer == Optimizer::adam || t.optimizer == Optimizer::adamw || t.optimizer == Optimizer::paged_adamw;
  if (serves(s) || !wide) return false;
  t.optimizer = with;
  t.fused_optimizer = false;
  return true;
}

bool adapters_instead(Scenario& s, Method method) {
  TrainingRun& t = s.training;
  const bool possible = t.method == Method::full || t.method == Method::freeze || (method == Method::qlora && t.method == Method::lora);
  if (serves(s) || !possible || s.task == Task::pretraining) return false;
  const bool tuned = adapts(s);
  t.method = method;
  t.frozen_layers = 0;
  if (!tuned) usual_adapters(s);
  return true;
}

bool pack_weights(Scenario& s, Judge& judge, bool four_bit) {
  InferenceRun& i = s.inference;
  if (!serves(s)) return false;
  const bool gguf = llama_cpp(s);
  if (i.quantization.kind != Quantization::Kind::none) return false;
  const bool fp8 = judge.gpu() == nullptr || judge.gpu()->supports_fp8;
  const std::string_view name = gguf ? (four_bit ? "q4_k_m" : "q8_0") : four_bit ? "awq" : fp8 ? "fp8" : "int8";
  const auto packing = quantization_by_name(name);
  if (!packing.has_value()) return false;
  i.quantization = *packing;
  return true;
}

bool pack_cache(Scenario& s, Judge& judge) {
  InferenceRun& i = s.inference;
  if (!serves(s) || i.engine == Engine::transformers || i.engine == Engine::pytorch || i.engine == Engine::tgi || i.engine == Engine::fastchat) return false;
  if (i.kv_cache_dtype != KvDtype::automatic && i.kv_cache_dtype != KvDtype::bf16 && i.kv_cache_dtype != KvDtype::fp16) return false;
  if (!llama_cpp(s) && judge.gpu() != nullptr && !judge.gpu()->supports_fp8) return false;
  i.kv_cache_dtype = llama_cpp(s) ? KvDtype::q8_0 : KvDtype::fp8;
  i.kv_cache_dtype_v = KvDtype::automatic;
  return true;
}

bool shard(Scenario& s, std::int64_t stage) {
  Parallelism& p = s.parallelism;
  if (serves(s) || p.data_parallel_size * p.context_parallel_size <= 1 || p.zero_stage >= stage || (stage > 1 && p.pipeline_parallel_size > 1)) return false;
  p.zero_stage = stage;
  return true;
}

bool offload(Scenario& s, Offload what) {
  const bool stands = s.parallelism.offload == Offload::none || (s.parallelism.offload == Offload::optimizer && what == Offload::parameters);
  return !serves(s) && stands && change(s.parallelism.offload, what);
}

/// More cards along one degree, as few as make it fit, at most a node; without a card known, twice as many.
bool spread(Scenario& s, Judge& judge, std::int64_t Parallelism::* degree) {
  if (judge.gpu() == nullptr || judge.fits(s)) return false;
  const std::int64_t most = per_node_of(*judge.gpu());
  for (std::int64_t ways = s.parallelism.*degree + 1; ways <= most; ++ways) {
    Scenario wider = s;
    wider.parallelism.*degree = ways;
    wider.hardware.gpus = wider.parallelism.world_size();
    if (wider.hardware.gpus > most) return false;
    if (degree == &Parallelism::tensor_parallel_size && !serves(s)) wider.parallelism.sequence_parallel = true;
    if (!judge.fits(wider)) continue;
    s = wider;
    return true;
  }
  return false;
}

/// Experts over the ranks that exist already.
bool spread_experts(Scenario& s, Judge& judge) {
  Parallelism& p = s.parallelism;
  const std::int64_t experts = judge.inventory().num_experts;
  const std::int64_t ranks = serves(s) ? p.tensor_parallel_size : p.data_parallel_size * p.context_parallel_size;
  if (experts == 0 || ranks <= p.expert_parallel_size || experts % ranks != 0) return false;
  return change(p.expert_parallel_size, ranks);
}

bool lower_resolution(Scenario& s, Judge& judge) {
  const Inventory& inventory = judge.inventory();
  const bool cnn = has_stack(inventory, StackKind::cnn);
  if (serves(s) || (!cnn && (inventory.patch_size == 0 || s.training.images == 0)) || s.training.image_size < 64) return false;
  const std::int64_t grid = cnn ? 32 : inventory.patch_size * std::max<std::int64_t>(1, inventory.patch_merge);
  const std::int64_t smaller = s.training.image_size / 2 / grid * grid;
  return smaller >= grid && change(s.training.image_size, smaller);
}

/// llama.cpp: layers that do not fit stay with the host.
bool layers_on_host(Scenario& s, Judge& judge) {
  if (!serves(s) || !llama_cpp(s) || judge.gpu() == nullptr || judge.fits(s)) return false;
  const std::int64_t all = judge.inventory().num_layers + 1;
  std::int64_t now = s.inference.gpu_layers < 0 ? all : s.inference.gpu_layers;
  std::int64_t good = -1;
  while (now - good > 1) {
    const std::int64_t middle = good + (now - good) / 2;
    s.inference.gpu_layers = middle;
    (judge.fits(s) ? good : now) = middle;
  }
  s.inference.gpu_layers = std::max<std::int64_t>(good, 0);
  return good >= 0;
}

bool larger_share(Scenario& s, Judge& judge) {
  if (!serves(s) || judge.gpu() == nullptr) return false;
  const double now = with_engine_defaults(s, judge.gpu()).gpu_memory_utilization;
  if (now <= 0 || now >= 0.95) return false;
  s.inference.gpu_memory_utilization = 0.95;
  return true;
}

bool faster_engine(Scenario& s, Judge& judge) {
  const Engine e = s.inference.engine;
  if (!serves(s) || judge.inventory().vocab_size == 0 || (e != Engine::transformers && e != Engine::pytorch && e != Engine::fastchat)) return false;
  s.inference.engine = Engine::vllm;
  s.inference.engine_version = {};
  return true;
}

bool fused_framework(Scenario& s, Framework with) { return !serves(s) && s.training.framework == Framework::transformers && change(s.training.framework, with); }

bool narrower(Scenario& s, Judge& judge) {
  if (judge.gpu() != nullptr && !judge.gpu()->supports_bf16) return false;
  if (serves(s)) return s.inference.weight_dtype == Dtype::fp32 && change(s.inference.weight_dtype, Dtype::bf16);
  return s.training.mixed_precision == MixedPrecision::none && s.training.weight_dtype == Dtype::fp32 && change(s.training.mixed_precision, MixedPrecision::bf16);
}

bool fp8_products(Scenario& s, Judge& judge) {
  if (judge.gpu() == nullptr || !judge.gpu()->supports_fp8) return false;
  if (serves(s)) return pack_weights(s, judge, false);
  const Framework f = s.training.framework;
  const bool has_it = f == Framework::megatron || f == Framework::torchtitan;
  return has_it && s.training.mixed_precision == MixedPrecision::bf16 && change(s.training.mixed_precision, MixedPrecision::fp8);
}

/// The card with the lowest rent of a token on which the run fits as it is.
bool cheaper_card(Scenario& s, Judge& judge) {
  if (judge.gpu() == nullptr || (judge.gpu()->prices.cloud_usd_per_hour <= 0 && s.hardware.usd_per_gpu_hour <= 0)) return false;
  const auto price = [](const Judgement& j) { return j.fits && j.tokens_per_second > 0 && j.usd_per_hour > 0 ? j.usd_per_hour / j.tokens_per_second : 1e300; };
  double best = price(judge.all(s));
  const GpuSpec* chosen = nullptr;
  for (const GpuSpec& gpu : catalog_gpus()) {
    if (gpu.availability != Availability::released || gpu.prices.cloud_usd_per_hour <= 0 || &gpu == judge.gpu()) continue;
    Scenario on = s;
    on.hardware.gpu = gpu.id;
    on.hardware.memory_gib = on.hardware.usd_per_gpu_hour = 0;
    Judge other(judge.inventory(), &gpu);
    const double its = price(other.all(on));
    if (its >= best) continue;
    best = its;
    chosen = &gpu;
  }
  if (chosen == nullptr) return false;
  s.hardware.gpu = chosen->id;
  s.hardware.memory_gib = s.hardware.usd_per_gpu_hour = 0;
  return true;
}

bool fewer_cards(Scenario& s, Judge& judge) {
  std::int64_t& degree = serves(s) ? s.parallelism.tensor_parallel_size : s.parallelism.data_parallel_size;
  if (judge.gpu() == nullptr || degree < 2 || degree % 2 != 0) return false;
  degree /= 2;
  if (s.parallelism.expert_parallel_size > degree) s.parallelism.expert_parallel_size = degree;
  if (!serves(s)) s.training.gradient_accumulation_steps *= 2;  // the same step, later
  s.hardware.gpus = s.parallelism.world_size();
  return judge.fits(s);
}

/// Half as many cards with more memory each, the fastest on which the same step fits.
bool fewer_larger_cards(Scenario& s, Judge& judge) {
  if (judge.gpu() == nullptr) return false;
  Scenario halved = s;
  std::int64_t& degree = serves(s) ? halved.parallelism.tensor_parallel_size : halved.parallelism.data_parallel_size;
  if (degree < 2 || degree % 2 != 0) return false;
  degree /= 2;
  if (halved.parallelism.expert_parallel_size > degree) halved.parallelism.expert_parallel_size = degree;
  if (!serves(s)) halved.training.gradient_accumulation_steps *= 2;
  halved.hardware.gpus = halved.parallelism.world_size();
  halved.hardware.memory_gib = halved.hardware.usd_per_gpu_hour = 0;
  double best = judge.all(s).tokens_per_second;
  bool found = false;
  for (const GpuSpec& gpu : catalog_gpus()) {
    if (gpu.availability != Availability::released || gpu.vendor != judge.gpu()->vendor || gpu.usable_bytes <= judge.gpu()->usable_bytes) continue;
    halved.hardware.gpu = gpu.id;
    Judge other(judge.inventory(), &gpu);
    const Judgement there = other.all(halved);
    if (!there.fits || there.tokens_per_second <= best) continue;
    best = there.tokens_per_second;
    s = halved;
    found = true;
  }
  return found;
}

/// Tensor parallelism no wider than the links of one node; the rest become replicas, or stages where they serve.
bool tensor_within_node(Scenario& s, Judge& judge) {
  Parallelism& p = s.parallelism;
  if (judge.gpu() == nullptr) return false;
  const std::int64_t node = judge.gpu()->interconnect_bytes_per_second > 0 ? per_node_of(*judge.gpu()) : 1;
  if (p.tensor_parallel_size <= node || p.tensor_parallel_size % node != 0) return false;
  const std::int64_t rest = p.tensor_parallel_size / node;
  p.tensor_parallel_size = node;
  if (p.expert_parallel_size > 1 && serves(s)) p.expert_parallel_size = std::min(p.expert_parallel_size, node);
  if (!serves(s) && s.training.gradient_accumulation_steps % rest == 0) {
    p.data_parallel_size *= rest;
    s.training.gradient_accumulation_steps /= rest;  // the same step
  } else {
    p.pipeline_parallel_size *= rest;
  }
  return true;
}

bool usual_learning_rate(Scenario& s, Judge& judge) {
  if (serves(s) || s.task == Task::pretraining) return false;
  double& rate = s.training.learning_rate;
  if (has_stack(judge.inventory(), StackKind::cnn)) return rate > 1e-1 && change(rate, 1e-2);
  const double low = adapts(s) ? 1e-4 : 1e-5;
  const double high = adapts(s) ? 3e-4 : 5e-5;
  return (rate < low || rate > high) && change(rate, adapts(s) ? 2e-4 : 2e-5);
}

/// A warm-up where there is none: three steps of a hundred, where the run says how long it is.
bool warm_up(Scenario& s, Judge& judge) {
  TrainingRun& t = s.training;
  if (serves(s) || t.warmup_steps > 0) return false;
  const double steps = steps_of(s, judge.inventory());
  t.warmup_steps = steps > 0 ? std::max<std::int64_t>(1, static_cast<std::int64_t>(0.03 * steps)) : 100;
  return true;
}

bool usual_weight_decay(Scenario& s, Judge& judge) {
  constexpr double kMost = 0.1;
  return !serves(s) && s.training.weight_decay > kMost && change(s.training.weight_decay, has_stack(judge.inventory(), StackKind::cnn) ? 1e-4 : 0.01);
}

bool overlap_communication(Scenario& s) {
  const Parallelism& p = s.parallelism;
  return !serves(s) && p.data_parallel_size * p.context_parallel_size > 1 && change(s.parallelism.overlap_communication, true);
}

bool enough_for_batch_norm(Scenario& s, Judge& judge) {
  TrainingRun& t = s.training;
  if (serves(s) || judge.inventory().buffer_elements == 0 || !has_stack(judge.inventory(), StackKind::cnn) || t.micro_batch_size >= 32) return false;
  const std::int64_t step = t.micro_batch_size * t.gradient_accumulation_steps;
  t.micro_batch_size = 32;
  t.gradient_accumulation_steps = std::max<std::int64_t>(1, step / 32);
  return judge.fits(s);
}

constexpr AdviceGroup kMemory = AdviceGroup::memory;
constexpr AdviceGroup kSpeed = AdviceGroup::performance;
constexpr AdviceGroup kCost = AdviceGroup::cost;
constexpr AdviceGroup kStability = AdviceGroup::stability;

enum Slot : unsigned char { alone, recompute, loss, states, method, packing, sharding, spill, cards, width, batch, share };

constexpr auto kCatalogue = std::to_array<AdviceRow>({
    {"selective_checkpointing", kMemory, Risk::none, "training.activation_checkpointing", recompute, false, [](Scenario& s, Judge&) { return s.training.activation_checkpointing == Checkpointing::none && checkpoint(s, Checkpointing::selective); }},
    {"full_checkpointing", kMemory, Risk::none, "training.activation_checkpointing", recompute, false, [](Scenario& s, Judge&) { return checkpoint(s, Checkpointing::full); }},
    {"flash_attention", kMemory, Risk::none, "training.attention", alone, false, [](Scenario& s, Judge& j) { return !serves(s) && j.inventory().max_heads > 1 && change(s.training.attention, AttentionKind::flash); }},
    {"flash_attention_llama_cpp", kMemory, Risk::none, "inference.flash_attention", alone, false, [](Scenario& s, Judge&) { return serves(s) && llama_cpp(s) && change(s.inference.flash_attention, true); }},
    {"chunked_loss", kMemory, Risk::none, "training.loss", loss, false, [](Scenario& s, Judge& j) { return !serves(s) && j.inventory().vocab_size > 0 && s.training.loss == LossKind::eager && change(s.training.loss, LossKind::chunked); }},
    {"fused_loss", kMemory, Risk::none, "training.loss", loss, false, [](Scenario& s, Judge& j) { return !serves(s) && j.inventory().vocab_size > 0 && change(s.training.loss, LossKind::fused); }},
    {"optimizer_8bit", kMemory, Risk::low, "training.optimizer", states, false, [](Scenario& s, Judge&) { return replace_adam(s, Optimizer::adamw_8bit); }},
    {"paged_optimizer_8bit", kMemory, Risk::low, "training.optimizer", states, false, [](Scenario& s, Judge&) { return replace_adam(s, Optimizer::paged_adamw_8bit); }},
    {"adafactor", kMemory, Risk::medium, "training.optimizer", states, false, [](Scenario& s, Judge&) { return replace_adam(s, Optimizer::adafactor); }},
    {"lora", kMemory, Risk::medium, "training.method", method, false, [](Scenario& s, Judge&) { return adapters_instead(s, Method::lora); }},
    {"qlora_nf4", kMemory, Risk::medium, "training.method", method, false, [](Scenario& s, Judge&) { return adapters_instead(s, Method::qlora) && (s.training.quantization = "nf4-dq", true); }},
    {"freeze_towers", kMemory, Risk::low, "training.method", method, false, [](Scenario& s, Judge& j) {
       return !serves(s) && s.training.method == Method::full && has_stack(j.inventory(), StackKind::vision) && has_stack(j.inventory(), StackKind::decoder) && change(s.training.method, Method::freeze);
     }},
    {"precompute_reference", kMemory, Risk::none, "training.precompute_ref_log_probs", alone, false, [](Scenario& s, Judge&) { return !serves(s) && traits_of(s.training.stage).reference && !reinforces(s.training.stage) && change(s.training.precompute_ref_log_probs, true); }},
    {"rollout_sleep", kMemory, Risk::none, "training.rollout_sleep", alone, false, [](Scenario& s, Judge&) {
       const TrainingRun& t = s.training;
       return !serves(s) && reinforces(t.stage) && t.rollout == RolloutKind::colocated && change(s.training.rollout_sleep, true);
     }},
    {"quantize_8bit", kMemory, Risk::low, "inference.quantization", packing, false, [](Scenario& s, Judge& j) { return pack_weights(s, j, false); }},
    {"quantize_4bit", kMemory, Risk::medium, "inference.quantization", packing, false, [](Scenario& s, Judge& j) { return pack_weights(s, j, true); }},
    {"quantize_kv_cache", kMemory, Risk::low, "inference.kv_cache_dtype", alone, false, pack_cache},
    {"larger_memory_share", kMemory, Risk::low, "inference.gpu_memory_utilization", share, false, larger_share},
    {"no_cuda_graphs", kMemory, Risk::none, "inference.enforce_eager", alone, false, [](Scenario& s, Judge&) { return serves(s) && !llama_cpp(s) && change(s.inference.enforce_eager, true); }},
    {"bf16_instead_of_fp32", kMemory, Risk::low, "training.mixed_precision", width, false, narrower},
    {"zero_1", kMemory, Risk::none, "parallelism.zero_stage", sharding, false, [](Scenario& s, Judge&) { return shard(s, 1); }},
    {"zero_2", kMemory, Risk::none, "parallelism.zero_stage", sharding, false, [](Scenario& s, Judge&) { return shard(s, 2); }},
    {"zero_3", kMemory, Risk::none, "parallelism.zero_stage", sharding, false, [](Scenario& s, Judge&) { return shard(s, 3); }},
    {"sequence_parallel", kMemory, Risk::none, "parallelism.sequence_parallel", alone, false, [](Scenario& s, Judge&) { return !serves(s) && s.parallelism.tensor_parallel_size > 1 && change(s.parallelism.sequence_parallel, true); }},
    {"expert_parallel", kMemory, Risk::none, "parallelism.expert_parallel_size", alone, false, spread_experts},
    {"offload_optimizer", kMemory, Risk::none, "parallelism.offload", spill, false, [](Scenario& s, Judge&) { return offload(s, Offload::optimizer); }},
    {"offload_parameters", kMemory, Risk::none, "parallelism.offload", spill, false, [](Scenario& s, Judge&) { return offload(s, Offload::parameters); }},
    // From here on entries go as far as they have to, so a set applies them last.
    {"smaller_micro_batch", kMemory, Risk::none, "training.micro_batch_size", batch, false, smaller_micro_batch},
    {"layers_on_host", kMemory, Risk::none, "inference.gpu_layers", alone, true, layers_on_host},
    {"shorter_context", kMemory, Risk::high, "", alone, true, [](Scenario& s, Judge& j) { return j.inventory().vocab_size > 0 && lower(s, j, length_of, 128); }},
    {"fewer_sequences", kMemory, Risk::high, "inference.batch_size", alone, true, [](Scenario& s, Judge& j) { return serves(s) && lower(s, j, [](Scenario& x) -> std::int64_t& { return x.inference.batch_size; }, 1); }},
    {"lower_resolution", kMemory, Risk::high, "training.image_size", alone, true, lower_resolution},
    {"tensor_parallel", kMemory, Risk::none, "parallelism.tensor_parallel_size", cards, true, [](Scenario& s, Judge& j) { return spread(s, j, &Parallelism::tensor_parallel_size); }},
    {"pipeline_parallel", kMemory, Risk::none, "parallelism.pipeline_parallel_size", cards, true, [](Scenario& s, Judge& j) { return spread(s, j, &Parallelism::pipeline_parallel_size); }},
    {"context_parallel", kMemory, Risk::none, "parallelism.context_parallel_size", cards, true, [](Scenario& s, Judge& j) { return !serves(s) && s.training.sequence_length >= 8192 && spread(s, j, &Parallelism::context_parallel_size); }},

    {"larger_micro_batch", kSpeed, Risk::none, "training.micro_batch_size", batch, false, larger_micro_batch},
    {"no_checkpointing", kSpeed, Risk::none, "training.activation_checkpointing", recompute, false, [](Scenario& s, Judge&) { return !serves(s) && change(s.training.activation_checkpointing, Checkpointing::none); }},
    {"fp8", kSpeed, Risk::low, "", width, false, fp8_products},
    {"fused_kernels", kSpeed, Risk::none, "training.framework", alone, false, [](Scenario& s, Judge& j) { return has_stack(j.inventory(), StackKind::decoder) && fused_framework(s, Framework::liger); }},  // Liger's kernels are those of language models
    {"torch_compile", kSpeed, Risk::none, "training.framework", alone, false, [](Scenario& s, Judge&) { return fused_framework(s, Framework::torch_compile); }},
    {"overlap_communication", kSpeed, Risk::none, "parallelism.overlap_communication", alone, false, [](Scenario& s, Judge&) { return overlap_communication(s); }},
    {"faster_engine", kSpeed, Risk::none, "inference.engine", alone, false, faster_engine},
    {"fewer_larger_cards", kSpeed, Risk::none, "hardware.gpu", alone, true, fewer_larger_cards},
    {"tensor_within_node", kSpeed, Risk::none, "parallelism.tensor_parallel_size", alone, false, tensor_within_node},
    {"adapters_for_cost", kCost, Risk::medium, "training.method", method, false, [](Scenario& s, Judge&) { return s.training.method != Method::lora && adapters_instead(s, Method::lora); }},
    {"cheaper_card", kCost, Risk::none, "hardware.gpu", alone, true, cheaper_card},
    {"fewer_cards", kCost, Risk::none, "hardware.gpus", alone, true, fewer_cards},
    {"usual_learning_rate", kStability, Risk::none, "training.learning_rate", alone, false, usual_learning_rate},
    {"warm_up", kStability, Risk::none, "training.warmup_steps", alone, false, warm_up},
    {"clip_gradients", kStability, Risk::none, "training.max_grad_norm", alone, false, [](Scenario& s, Judge&) { return !serves(s) && s.training.max_grad_norm <= 0 && change(s.training.max_grad_norm, 1.0); }},
    {"usual_weight_decay", kStability, Risk::none, "training.weight_decay", alone, false, usual_weight_decay},
    {"bf16_instead_of_fp16", kStability, Risk::none, "training.mixed_precision", width, false, [](Scenario& s, Judge& j) {
       return !serves(s) && s.training.mixed_precision == MixedPrecision::fp16 && (j.gpu() == nullptr || j.gpu()->supports_bf16) && change(s.training.mixed_precision, MixedPrecision::bf16);
     }},
    {"usual_balance_loss", kStability, Risk::none, "training.balance_loss_weight", alone, false, [](Scenario& s, Judge& j) {
       return !serves(s) && j.inventory().num_experts > 0 && s.training.balance_loss_weight < 0.01 && change(s.training.balance_loss_weight, 0.01);
     }},
    {"alpha_twice_rank", kStability, Risk::none, "training.lora_alpha", alone, false, [](Scenario& s, Judge&) {
       const double rank = static_cast<double>(s.training.lora_rank);
       return !serves(s) && adapts(s) && (s.training.lora_alpha < rank || s.training.lora_alpha > 4 * rank) && change(s.training.lora_alpha, 2 * rank);
     }},
    {"batch_for_batch_norm", kStability, Risk::none, "training.micro_batch_size", batch, false, enough_for_batch_norm},
});

}  // namespace

std::span<const AdviceRow> advice_catalogue() { return kCatalogue; }

}  // namespace vram
