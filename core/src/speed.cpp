// Time: work and bytes over rates, plus what waits.
// SPDX-License-Identifier: MIT
#include "vram/speed.h"

#include <algorithm>

#include "collectives.h"
#include "ggml_speed.h"
#include "image_tokens.h"
#include "speed_data.h"
#include "training_stage.h"

namespace vram {

std::string_view name_of(Bound bound) {
  static constexpr std::array<std::string_view, 3> kNames = {"memory", "compute", "communication"};
  return kNames[static_cast<std::size_t>(bound)];
}

namespace {

constexpr double kOverlap = 0.8;         // share of a backward pass that gradient exchange hides behind (DDP buckets, FSDP prefetch)
constexpr double kBandwidthTraining = 0.8;  // of the memory rate, large elementwise kernels
constexpr double kTrainingPower = 0.85;  // of the rated power; public MLPerf power logs: 0.8 to 0.95 under training
constexpr double kDecodePower = 0.6;     // memory-bound
constexpr double kFlashBackward = 2.5;   // backward of flash attention over its forward (recomputes the scores)

double seconds(double amount, double rate) { return rate > 0 ? amount / rate : 0.0; }

void set_bound(SpeedEstimate& speed) {
  const double wait = speed.communication_seconds + speed.bubble_seconds;
  const double bytes = speed.traffic_seconds + speed.launch_seconds;
  speed.bound = wait > speed.compute_seconds && wait > bytes ? Bound::communication : bytes > speed.compute_seconds ? Bound::memory : Bound::compute;
}

/// Bytes of the weights on the device that one pass reads.
double read_bytes(const Work& work, const MemoryEstimate& memory) {
  const double weights = memory.timeline[0].terms[TermId::weights];
  return work.all_elements > 0 ? weights * std::min(1.0, work.read_elements / work.all_elements) : weights;
}

/// How often a decode step of eager code moves the cache: concatenation reads and writes it, repeated heads are written,
/// made contiguous and read (transformers: DynamicCache, repeat_kv).
double cache_passes(const Inventory& inventory) {
  return 2.0 + 3.0 * static_cast<double>(inventory.max_heads) / static_cast<double>(inventory.max_kv_heads);
}

/// Experts of all layers, each of which has its turn in eager code, asked for or not.
double expert_turns(const Inventory& inventory) {
  double turns = 0;
  for (const Stack& stack : inventory.stacks) {
    for (std::size_t d = 0; d < stack.distinct.size(); ++d) {
      const std::int32_t ffn = stack.distinct[d].ffn;
      if (ffn >= 0 && inventory.blocks[static_cast<std::size_t>(ffn)].kind == BlockKind::moe) turns += static_cast<double>(stack.distinct_count[d] * inventory.num_experts);
    }
  }
  return turns;
}

/// Bytes of keys and values that a token of context adds, 16 bit, in all layers.
double kv_width(const Inventory& inventory) {
  double elements = 0;
  for (const Block& block : inventory.blocks) elements += block.cache.elements_per_token * static_cast<double>(block.repeat);
  return 2.0 * elements;
}

struct Degrees {
  double data, tensor, pipeline, context, expert, cards;
};
Degrees degrees_of(const Parallelism& p) {
  return {static_cast<double>(p.data_parallel_size),    static_cast<double>(p.tensor_parallel_size), static_cast<double>(p.pipeline_parallel_size),
          static_cast<double>(p.context_parallel_size), static_cast<double>(p.expert_parallel_size), static_cast<double>(p.world_size())};
}

/// What tensor and expert parallelism exchange in one forward pass of `tokens` over this rank's layers.
double layer_exchange(const Inventory& inventory, const Degrees& d, const Links& links, double tokens) {
  const double layers = static_cast<double>(inventory.num_layers) / d.pipeline;
  const double message = tokens * static_cast<double>(inventory.hidden_size) * 2.0;
  double time = layers * 2.0 * all_reduce_seconds(links, message, d.tensor, 1);
  if (inventory.num_experts > 0 && d.expert > 1) {
    time += layers * 2.0 * all_to_all_seconds(links, message * static_cast<double>(inventory.experts_per_token) / d.tensor, d.expert, 1);
  }
  return time;
}

double activation_rate(const Scenario& scenario, const GpuSpec& gpu, bool reached) {
  Dtype dtype = scenario.inference.weight_dtype;
  if (scenario.task != Task::inference) {
    const TrainingRun& t = scenario.training;
    dtype = t.mixed_precision == MixedPrecision::none ? t.weight_dtype
            : t.mixed_precision == MixedPrecision::fp8 ? Dtype::fp8
            : t.mixed_precision == MixedPrecision::fp16 ? Dtype::fp16
                                                        : Dtype::bf16;
  }
  return reached ? reached_rate(gpu, dtype) : matrix_rate(gpu, dtype);
}

void finish(const Scenario& scenario, const GpuSpec& gpu, const Degrees& d, double tokens, double power, double low, double high, SpeedEstimate& speed) {
  const double peak = activation_rate(scenario, gpu, false) * d.cards;
  speed.mfu = peak > 0 && speed.step_seconds > 0 ? speed.flops / (speed.step_seconds * peak) : 0.0;
  speed.tokens_per_second.expected = seconds(tokens, speed.step_seconds);
  speed.tokens_per_second.low = speed.tokens_per_second.expected * low;
  speed.tokens_per_second.high = speed.tokens_per_second.expected * high;
  speed.watts = static_cast<double>(gpu.tdp_watts) * power * d.cards;
  speed.joules_per_token = seconds(speed.watts, speed.tokens_per_second.expected);
  set_bound(speed);
}

/// Networks without a stack on language tokens are counted in images.
bool counts_samples(const Inventory& inventory) {
  return std::none_of(inventory.stacks.begin(), inventory.stacks.end(), [](const Stack& stack) { return stack.basis == Basis::tokens; });
}

/// The pictures of the requests themselves: the run holds what an engine's profile makes room for.
void set_images(const InferenceRun& inference, const Inventory& inventory, Pass& pass) {
  // Without a decoder every sample is one image.
  const double pictures = inventory.patches_only ? 1.0 : pictures_of(inventory, inference.images, inference.frames);
  const double images = static_cast<double>(inference.batch_size) * pictures;
  const ImageTokens image = image_tokens(inventory, inference.image_size);
  const auto set = [&](Basis basis, double tokens) {
    pass.tokens[static_cast<std::size_t>(basis)] = images * tokens;
    pass.pairs[static_cast<std::size_t>(basis)] = images * tokens * tokens;
  };
  set(Basis::patches, image.patches);
  set(Basis::image_tokens, image.tokens);
}

SpeedEstimate inference_speed(const Scenario& scenario, const Inventory& inventory, const Run& run, const MemoryEstimate& memory, const GpuSpec& gpu) {
  const InferenceRun& i = scenario.inference;
  const EngineSpeed& engine = speed_of(i.engine, gpu);
  const Degrees d = degrees_of(scenario.parallelism);
  const Links links = links_of(gpu);
  const double rate = activation_rate(scenario, gpu, true) * engine.compute_share;
  const double bandwidth = gpu.bandwidth_bytes_per_second * engine.bandwidth_share;
  const double batch = static_cast<double>(i.batch_size);
  const double context = static_cast<double>(i.context_length);
  const double prompt = i.prompt_length > 0 ? static_cast<double>(std::min(i.prompt_length, i.context_length)) : context;
  const double ways = d.tensor * d.pipeline * d.context;
  // What a prefix shared by all sequences takes off each of them, once it is in the cache.
  const double cached = std::min(static_cast<double>(i.shared_prefix_length), prompt);
  const double known = cached * (1.0 - 1.0 / batch);
  SpeedEstimate speed;

  Pass fill;
  fill.tokens = run.tokens;
  fill.pairs = run.pairs;
  set_images(i, inventory, fill);
  fill.tokens[static_cast<std::size_t>(Basis::tokens)] = batch * (prompt - known);
  fill.sequences = batch;
  fill.new_tokens = prompt - known;
  fill.past_tokens = known;
  if (run.serving.prefill_logit_bytes <= 0) fill.head_tokens = batch;  // only the last position is asked for its logits
  const bool ggml = i.engine == Engine::llama_cpp || i.engine == Engine::ollama;
  if (ggml) fill.chunk = run.serving.micro_batch;

  // One token of every sequence, half of the reply written; where none is written, one pass is all there is.
  Pass decode;
  const double rows = batch * static_cast<double>(i.beams);
  decode.tokens[static_cast<std::size_t>(Basis::tokens)] = rows;
  decode.sequences = rows;
  decode.new_tokens = 1;
  decode.past_tokens = (prompt + context) / 2;
  speed.counts_samples = !inventory.generates;
  if (speed.counts_samples) decode = fill;
  const Work step = work_of(inventory, run, decode);
  const double kv = memory.kv_in_use * (context > 0 ? decode.past_tokens / context : 1.0);
  speed.flops = (step.matrix + step.attention) * d.data;
  speed.compute_seconds = seconds((step.matrix + step.attention) / ways, rate) * d.pipeline;
  const GgmlReads reads = ggml ? ggml_reads(scenario, run, step, memory, rows * decode.past_tokens) : GgmlReads{};
  const double weights = ggml ? reads.device : read_bytes(step, memory);
  speed.traffic_seconds = seconds(weights + kv * (engine.eager ? cache_passes(inventory) : 1.0), bandwidth) * d.pipeline + host_seconds(reads);
  const bool uncaptured = i.enforce_eager && engine.uncaptured_seconds > 0;
  const bool eager = engine.eager || uncaptured;
  const double block_seconds = uncaptured ? engine.uncaptured_seconds : engine.block_seconds;
  const auto starts_of = [&](const Work& work) { return work.layers * block_seconds + (engine.expert_seconds > 0 ? expert_turns(inventory) * engine.expert_seconds : 0.0); };
  const double exchanged = speed.counts_samples ? std::max(batch, fill.tokens[static_cast<std::size_t>(Basis::tokens)]) : rows;
  speed.communication_seconds = layer_exchange(inventory, d, links, exchanged) * d.pipeline;
  const double roof = std::max(speed.compute_seconds, speed.traffic_seconds);
  // A captured step pays every start; in eager code the host runs ahead, and the card waits only for what it has not hidden.
  speed.launch_seconds = eager ? std::max(0.0, starts_of(step) - roof) : starts_of(step);
  speed.step_seconds = roof + speed.launch_seconds + speed.communication_seconds;
  // What the host does is known less well: its memory is nobody's input.
  const double by_host = seconds(host_seconds(reads), speed.step_seconds);
  finish(scenario, gpu, d, batch * d.data, kDecodePower, engine.low * (1.0 - 0.4 * by_host), engine.high * (1.0 + 0.4 * by_host), speed);
  if (speed.counts_samples) return speed;

  const Work first = work_of(inventory, run, fill);
  if (ggml) {
    speed.prefill_seconds = ggml_prompt_seconds(scenario, run, gpu, engine, first, ggml_reads(scenario, run, first, memory, 0), batch * (prompt - known)) / d.tensor + layer_exchange(inventory, d, links, batch * (prompt - known));
    speed.prefill_tokens_per_second = seconds(batch * prompt * d.data, speed.prefill_seconds);
    return speed;
  }
  const double compute = seconds((first.matrix + first.attention) / ways, rate) * d.pipeline;
  const double bytes = seconds(read_bytes(first, memory), bandwidth) * d.pipeline;
  const double fill_roof = std::max(compute, bytes);
  const double starts = starts_of(first);
  speed.prefill_seconds = (eager ? std::max(fill_roof, starts) : fill_roof + starts) + layer_exchange(inventory, d, links, batch * (prompt - known)) * d.pipeline;
  speed.prefill_tokens_per_second = seconds(batch * prompt * d.data, speed.prefill_seconds);
  return speed;
}

SpeedEstimate training_speed(const Scenario& scenario, const Inventory& inventory, const Run& run, const MemoryEstimate& memory, const GpuSpec& gpu) {
  const TrainingRun& t = scenario.training;
  const FrameworkSpeed& framework = speed_of(t.framework);
  const Degrees d = degrees_of(scenario.parallelism);
  const Links links = links_of(gpu);
  // Narrow formats finish a product sooner than the work around it: they want wider ones for the same share.
  const double reached = activation_rate(scenario, gpu, true);
  const double sixteen = reached_rate(gpu, Dtype::bf16);
  const double hidden_size = static_cast<double>(inventory.hidden_size);
  const double half_width = framework.width * std::max(1.0, seconds(reached, sixteen));
  const double rate = reached * framework.compute_share * (framework.width > 0 && hidden_size > 0 ? hidden_size / (hidden_size + half_width) : 1.0);
  // Attention runs in 16 bit whatever the products do.
  const double attention_rate = std::min(reached, sixteen) * attention_share(t.framework, gpu);
  const double bandwidth = gpu.bandwidth_bytes_per_second * kBandwidthTraining;
  const double ways = d.tensor * d.pipeline;
  const double micro_batches = run.micro_batches;
  const std::size_t main = static_cast<std::size_t>(Basis::tokens);
  const bool samples = counts_samples(inventory);
  const bool full = run.checkpointing == Checkpointing::full || run.checkpointing == Checkpointing::offloaded;
  SpeedEstimate speed;

  Pass pass;
  pass.tokens = run.tokens;
  pass.pairs = run.pairs;
  pass.sequences = run.batch;
  pass.new_tokens = run.sequence;
  pass.past_tokens = run.sequence * (d.context - 1.0) / 2.0;  // the mean over the ranks that share a sequence
  const Work work = work_of(inventory, run, pass);
  const bool attends_again = full || run.checkpointing == Checkpointing::selective;
  const double matrix = (2.0 + (full ? 1.0 : 0.0) + run.stage.extra_forwards) * work.matrix + work.trained_matrix;
  const double attention = (1.0 + kFlashBackward + (attends_again ? 1.0 : 0.0) + run.stage.extra_forwards) * work.attention;
  speed.flops = ((2.0 + run.stage.extra_forwards) * work.matrix + work.trained_matrix + (3.0 + run.stage.extra_forwards) * work.attention) * micro_batches * d.data * d.context;
  const double passes = (full ? 4.0 : 3.0) + run.stage.extra_forwards;
  speed.compute_seconds = micro_batches * (seconds(matrix, rate) + seconds(attention, attention_rate)) / ways;

  const TermBytes& held = memory.timeline[0].terms;
  const double saved = memory.counted.saved_per_token * run.tokens[main];
  double bytes = micro_batches * (saved * framework.traffic_passes * (full ? 4.0 / 3.0 : 1.0) + passes * (held[TermId::weights] - memory.counted.frozen_bytes - memory.counted.rollout_weights));
  if (run.packed) bytes += micro_batches * passes * memory.counted.quantised_parameters * unpack_bytes(run.format);
  const double states = held[TermId::optimizer_states] + held[TermId::master_weights];
  const double gradients = memory.counted.trainable * run.gradient_bytes;
  bytes += 2.0 * states + 2.0 * gradients + memory.counted.trainable * run.weight_bytes;
  if (t.max_grad_norm > 0) bytes += 3.0 * gradients;  // their norm is read, then they are scaled in place
  speed.traffic_seconds = seconds(bytes, bandwidth);
  if (run.offload != Offload::none) {
    const double rounds = run.offload == Offload::parameters ? passes * micro_batches : 2.0;
    speed.traffic_seconds += seconds(rounds * memory.counted.parameters * 2.0 / d.data, gpu.pcie_bytes_per_second);
  }
  // The host starts kernels while the card computes; only where it is slower does the card wait for it.
  const double device = speed.compute_seconds + speed.traffic_seconds;
  const double host = micro_batches * passes * work.layers / d.pipeline * framework.block_seconds;
  speed.launch_seconds = std::max(0.0, host - device);

  const double layer_wait = micro_batches * passes * layer_exchange(inventory, d, links, run.tokens[main]);
  const double ring = micro_batches * passes * gather_seconds(links, kv_width(inventory) / ways * run.tokens[main] * d.context, d.context, d.tensor);
  const double shared = d.data * d.context;
  const double trained = memory.counted.trainable * std::min(run.gradient_bytes, 4.0);
  double exchange = 0;
  const double overlap = scenario.parallelism.overlap_communication ? kOverlap : 0.0;
  double hidden = overlap * (speed.compute_seconds + speed.traffic_seconds) * 2.0 / 3.0 / micro_batches;
  if (run.zero_stage >= 3) {
    const double gathered = memory.counted.parameters * run.width_bytes[static_cast<std::size_t>(Width::compute)];
    exchange = micro_batches * (2.0 * gather_seconds(links, gathered, shared, d.tensor) + gather_seconds(links, trained, shared, d.tensor));
    hidden = overlap * (speed.compute_seconds + speed.traffic_seconds);
  } else {
    exchange = all_reduce_seconds(links, trained, shared, d.tensor);
  }
  const double between_stages = d.pipeline > 1 ? 2.0 * micro_batches * send_seconds(links, run.tokens[main] * static_cast<double>(inventory.hidden_size) * 2.0 / d.tensor, d.tensor * shared) : 0.0;
  speed.communication_seconds = layer_wait + ring + between_stages + std::max(0.0, exchange - hidden);
  const double busy = device + speed.launch_seconds + layer_wait;
  speed.bubble_seconds = busy * (d.pipeline - 1.0) / micro_batches;
  speed.step_seconds = device + speed.launch_seconds + speed.communication_seconds + speed.bubble_seconds;

  if (run.reinforces) {
    // Replies at the speed of the engine that makes them, spread over the steps that learn from them.
    const RolloutScenario replies = rollout_of(scenario);
    Scenario serve = scenario;
    serve.task = Task::inference;
    serve.inference = replies.inference;
    serve.parallelism = replies.layout;
    const Run made = resolve(serve, inventory, &gpu);
    Evaluator evaluate(inventory);
    const SpeedEstimate made_at = inference_speed(serve, inventory, made, evaluate(made), gpu);
    const double reply = static_cast<double>(std::max<std::int64_t>(1, t.sequence_length - t.prompt_length));
    const double share = static_cast<double>(t.micro_batch_size * t.gradient_accumulation_steps) / replies_per_device(scenario);
    speed.rollout_seconds = (made_at.prefill_seconds + reply * made_at.step_seconds) * share;
    speed.step_seconds += speed.rollout_seconds;
  }
  const double per_batch = samples ? run.batch : run.tokens[main];
  finish(scenario, gpu, d, per_batch * micro_batches * d.data * d.context, kTrainingPower, framework.low, framework.high, speed);
  speed.counts_samples = samples;
  speed.run_tokens = t.tokens > 0 ? t.tokens : t.epochs * t.dataset_tokens;
  speed.run_seconds = seconds(speed.run_tokens, speed.tokens_per_second.expected);
  return speed;
}

}  // namespace

double steps_of(const Scenario& scenario, const Inventory& inventory) {
  const TrainingRun& t = scenario.training;
  const double tokens = t.tokens > 0 ? t.tokens : t.epochs * t.dataset_tokens;
  const double sequences = static_cast<double>(t.micro_batch_size * t.gradient_accumulation_steps * scenario.parallelism.data_parallel_size);
  return tokens / (counts_samples(inventory) ? sequences : sequences * static_cast<double>(t.sequence_length));
}

SpeedEstimate estimate_speed(const Scenario& scenario, const Inventory& inventory, const Run& run, const MemoryEstimate& memory, const GpuSpec& gpu) {
  return scenario.task == Task::inference ? inference_speed(scenario, inventory, run, memory, gpu)
                                          : training_speed(scenario, inventory, run, memory, gpu);
}

}  // namespace vram
