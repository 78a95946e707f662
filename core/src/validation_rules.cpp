// The rules of scenarios, errors first.
// SPDX-License-Identifier: MIT
#include "validation_rules.h"

#include <array>

#include "optimizer_states.h"
#include "rule_facts.h"
#include "training_stage.h"
#include "vram/layout.h"
#include "vram/profile.h"
#include "vram/speed.h"

namespace vram {

namespace {

using namespace rule;

constexpr auto kRules = std::to_array<Rule>({
    {Severity::error, "world_size_mismatch", false,
     [](const RuleInput& in, Finding& f) {
       const std::int64_t world = in.scenario.parallelism.world_size();
       return world != in.scenario.hardware.gpus && found(f, "hardware.gpus", in.scenario.hardware.gpus, world);
     }},
    {Severity::error, "tensor_parallel_does_not_divide_heads", false,
     [](const RuleInput& in, Finding& f) {
       const std::int64_t ways = in.scenario.parallelism.tensor_parallel_size;
       return in.inventory.max_heads > 1 && in.inventory.max_heads % ways != 0 && found(f, kTensor, ways, in.inventory.max_heads);
     }},
    {Severity::error, "pipeline_exceeds_layers", false,
     [](const RuleInput& in, Finding& f) {
       const std::int64_t stages = in.scenario.parallelism.pipeline_parallel_size;
       return in.inventory.num_layers > 0 && stages > in.inventory.num_layers && found(f, "parallelism.pipeline_parallel_size", stages, in.inventory.num_layers);
     }},
    {Severity::error, "pipeline_chunks_do_not_fit", false,
     [](const RuleInput& in, Finding& f) {
       const Parallelism& p = in.scenario.parallelism;
       if (p.virtual_pipeline_size <= 1) return false;
       const std::int64_t most = p.pipeline_parallel_size > 1 ? in.inventory.num_layers / p.pipeline_parallel_size : 1;
       return p.virtual_pipeline_size > most && found(f, "parallelism.virtual_pipeline_size", p.virtual_pipeline_size, most);
     }},
    {Severity::error, "expert_tensor_parallel_does_not_fit", false,
     [](const RuleInput& in, Finding& f) {
       const Parallelism& p = in.scenario.parallelism;
       const std::int64_t ranks = p.data_parallel_size * p.tensor_parallel_size * p.context_parallel_size;
       const std::int64_t ways = p.expert_tensor_parallel_size;
       const bool fits = in.inventory.num_experts > 0 && ways > 0 && ranks % (ways * p.expert_parallel_size) == 0;
       return ways > 0 && !fits && found(f, "parallelism.expert_tensor_parallel_size", ways, in.inventory.num_experts > 0 ? ranks / p.expert_parallel_size : 0);
     }},
    {Severity::error, "expert_parallel_does_not_divide_experts", false,
     [](const RuleInput& in, Finding& f) {
       const std::int64_t ways = in.scenario.parallelism.expert_parallel_size;
       const std::int64_t experts = in.inventory.num_experts;
       return (experts > 0 ? experts % ways != 0 : ways > 1) && found(f, "parallelism.expert_parallel_size", ways, experts);
     }},
    {Severity::error, "zero_stage_with_pipeline", false,
     [](const RuleInput& in, Finding& f) {
       const Parallelism& p = in.scenario.parallelism;
       return !inference(in) && in.scenario.training.framework == Framework::deepspeed && p.pipeline_parallel_size > 1 && p.zero_stage > 1 &&
              found(f, "parallelism.zero_stage", p.zero_stage, std::int64_t{1});
     }},
    {Severity::error, "zero_stage_in_inference", false,
     [](const RuleInput& in, Finding& f) {
       const std::int64_t stage = in.scenario.parallelism.zero_stage;
       return inference(in) && stage > 0 && found(f, "parallelism.zero_stage", stage, 0, name_of_enum(in.scenario.inference.engine));
     }},
    {Severity::error, "prefix_with_checkpointing", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       return !inference(in) && in.scenario.method != EstimateMethod::documented && t.method == Method::prefix && t.activation_checkpointing != Checkpointing::none &&
              found_text(f, "training.activation_checkpointing", name_of_enum(t.activation_checkpointing));
     }},
    {Severity::error, "prefix_needs_cache", false,
     [](const RuleInput& in, Finding& f) {
       return !inference(in) && in.scenario.training.method == Method::prefix && !caches_keys(in.inventory) && found_text(f, "training.method", "prefix");
     }},
    {Severity::error, "steps_in_backward_with_accumulation", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       const std::int64_t stages = in.scenario.parallelism.pipeline_parallel_size;
       if (inference(in) || !t.optimizer_in_backward) return false;
       if (t.gradient_accumulation_steps > 1) return found(f, "training.gradient_accumulation_steps", t.gradient_accumulation_steps, std::int64_t{1});
       return stages > 1 && found(f, "parallelism.pipeline_parallel_size", stages, std::int64_t{1});
     }},
    {Severity::error, "steps_in_backward_unsupported", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       return !inference(in) && t.optimizer_in_backward && profile_of(t.framework).gradient_bytes > 0 &&
              found_text(f, "training.framework", name_of_enum(t.framework));
     }},
    {Severity::error, "stage_needs_language_model", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingStage stage = in.scenario.training.stage;
       return !inference(in) && compares_sequences(stage) && in.inventory.vocab_size == 0 && found_text(f, "training.stage", name_of_enum(stage));
     }},
    {Severity::error, "prompt_fills_sequence", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       return !inference(in) && reinforces(t.stage) && t.prompt_length >= t.sequence_length && found(f, "training.prompt_length", t.prompt_length, t.sequence_length);
     }},
    {Severity::error, "rollout_split_exceeds_data_parallel", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       const std::int64_t world = in.scenario.parallelism.world_size();
       const std::int64_t ways = t.rollout_tensor_parallel_size;
       return !inference(in) && reinforces(t.stage) && t.rollout == RolloutKind::colocated && (world % ways != 0 || in.inventory.max_heads % ways != 0) &&
              found(f, "training.rollout_tensor_parallel_size", ways, world);
     }},
    {Severity::error, "weights_cannot_train", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       return !inference(in) && (t.weight_dtype == Dtype::int8 || t.weight_dtype == Dtype::fp8) && t.method != Method::qlora &&
              found_text(f, "training.weight_dtype", name_of(t.weight_dtype));
     }},
    {Severity::error, "qlora_without_quantised_base", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       if (inference(in) || t.method != Method::qlora) return false;
       const auto format = weight_format_by_name(t.quantization);
       return (!format.has_value() || format_of(*format).bits_per_weight() >= 16) && found_text(f, "training.quantization", t.quantization);
     }},
    {Severity::error, "adapter_target_missing", false,
     [](const RuleInput& in, Finding& f) {
       return trains_adapters(in) && (in.scenario.training.lora_target_modules & adaptable_roles(in.inventory)) == 0 &&
              found_text(f, "training.lora_target_modules", "");
     }},
    {Severity::error, "frozen_layers_exceed_layers", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       return !inference(in) && t.method == Method::freeze && in.inventory.num_layers > 0 && t.frozen_layers > in.inventory.num_layers &&
              found(f, "training.frozen_layers", t.frozen_layers, in.inventory.num_layers);
     }},
    // Towers made for one size cut it into patches without a rest; those for any size scale to a multiple themselves.
    {Severity::error, "image_not_divisible_by_patch", false,
     [](const RuleInput& in, Finding& f) {
       const std::int64_t size = image_size(in);
       const Inventory& model = in.inventory;
       return size > 0 && model.patch_size > 0 && model.image_size > 0 && size != model.image_size && size % model.patch_size != 0 &&
              found(f, image_field(in), size, model.patch_size);
     }},
    {Severity::error, "bf16_unsupported", false,
     [](const RuleInput& in, Finding& f) {
       const bool mixed = !inference(in) && in.scenario.training.mixed_precision == MixedPrecision::bf16;
       if (in.gpu == nullptr || in.gpu->supports_bf16 || (weight_dtype(in) != Dtype::bf16 && !mixed)) return false;
       const Quantization& packed = in.scenario.inference.quantization;
       if (inference(in) && gguf_engine(in) && packed.kind != Quantization::Kind::none) return false;  // GGUF blocks hold no bf16
       return found_text(f, weight_dtype(in) == Dtype::bf16 ? weight_field(in) : "training.mixed_precision", "bf16", in.gpu->name);
     }},
    {Severity::error, "fp8_unsupported", false,
     [](const RuleInput& in, Finding& f) {
       const bool mixed = !inference(in) && in.scenario.training.mixed_precision == MixedPrecision::fp8;
       if (in.gpu == nullptr || in.gpu->supports_fp8 || (weight_dtype(in) != Dtype::fp8 && !mixed)) return false;
       return found_text(f, weight_dtype(in) == Dtype::fp8 ? weight_field(in) : "training.mixed_precision", "fp8", in.gpu->name);
     }},

    {Severity::warning, "kv_heads_replicated", false,
     [](const RuleInput& in, Finding& f) {
       const std::int64_t ways = in.scenario.parallelism.tensor_parallel_size;
       return in.inventory.max_heads > 1 && in.inventory.max_heads % ways == 0 && ways > in.inventory.max_kv_heads && found(f, kTensor, ways, in.inventory.max_kv_heads);
     }},
    {Severity::warning, "sequence_beyond_model", false,
     [](const RuleInput& in, Finding& f) {
       const std::int64_t length = inference(in) ? in.scenario.inference.context_length : in.scenario.training.sequence_length;
       return in.inventory.max_length > 0 && length > in.inventory.max_length &&
              found(f, inference(in) ? "inference.context_length" : "training.sequence_length", length, in.inventory.max_length);
     }},
    {Severity::warning, "sequence_outside_best", false,
     [](const RuleInput& in, Finding& f) {
       const std::int64_t length = in.scenario.training.sequence_length;
       const std::int64_t least = sees_and_writes(in) ? 512 : 1024;
       const bool concerned = in.scenario.task == Task::finetuning && has_stack(in.inventory, StackKind::decoder) && !in.inventory.has_encoder;
       const bool possible = in.inventory.max_length == 0 || in.inventory.max_length >= least;
       return concerned && possible && (length < least || length > 4096) && found(f, "training.sequence_length", length, 0, least == 512 ? "512 – 4096" : "1024 – 4096");
     }},
    {Severity::warning, "image_size_outside_best", false,
     [](const RuleInput& in, Finding& f) {
       const std::int64_t size = image_size(in);
       if (inference(in) || size <= 0 || size == in.inventory.image_size) return false;
       if (is_cnn(in)) return (size < 224 || size > 384) && found(f, image_field(in), size, 0, "224 – 384");
       return sees_and_writes(in) && (size < 336 || size > 512) && found(f, image_field(in), size, 0, "336 – 512");
     }},
    {Severity::warning, "tensor_parallel_across_nodes", false,
     [](const RuleInput& in, Finding& f) {
       const std::int64_t ways = in.scenario.parallelism.tensor_parallel_size;
       return in.gpu != nullptr && ways > per_node_of(*in.gpu) && found(f, kTensor, ways, per_node_of(*in.gpu));
     }},
    {Severity::warning, "tensor_parallel_without_link", false,
     [](const RuleInput& in, Finding& f) {
       const std::int64_t ways = in.scenario.parallelism.tensor_parallel_size;
       return in.gpu != nullptr && ways > 1 && in.gpu->interconnect_bytes_per_second <= 0 && found(f, kTensor, ways, 0, in.gpu->name);
     }},
    {Severity::warning, "learning_rate_low_for_lora", false,
     [](const RuleInput& in, Finding& f) { return learning_rate_outside(in, f, trains_adapters(in), true, 1e-4, "1e-4 – 3e-4"); }},
    {Severity::warning, "learning_rate_high_for_lora", false,
     [](const RuleInput& in, Finding& f) { return learning_rate_outside(in, f, trains_adapters(in), false, 3e-4, "1e-4 – 3e-4"); }},
    {Severity::warning, "learning_rate_low_for_full", false,
     [](const RuleInput& in, Finding& f) { return learning_rate_outside(in, f, tunes_transformer_fully(in), true, 1e-5, "1e-5 – 5e-5"); }},
    {Severity::warning, "learning_rate_high_for_full", false,
     [](const RuleInput& in, Finding& f) { return learning_rate_outside(in, f, tunes_transformer_fully(in), false, 5e-5, "1e-5 – 5e-5"); }},
    {Severity::warning, "learning_rate_high_for_cnn", false,
     [](const RuleInput& in, Finding& f) { return learning_rate_outside(in, f, !inference(in) && is_cnn(in), false, 1e-1, "1e-3 – 1e-1"); }},
    {Severity::warning, "rank_above_sixteenth", false,
     [](const RuleInput& in, Finding& f) {
       const std::int64_t limit = in.inventory.hidden_size / 16;
       return trains_adapters(in) && limit > 0 && in.scenario.training.lora_rank > limit && found(f, "training.lora_rank", in.scenario.training.lora_rank, limit);
     }},
    {Severity::warning, "alpha_out_of_proportion", false,
     [](const RuleInput& in, Finding& f) {
       const double rank = static_cast<double>(in.scenario.training.lora_rank);
       const double alpha = in.scenario.training.lora_alpha;
       return trains_adapters(in) && (alpha < rank || alpha > 4 * rank) && found(f, "training.lora_alpha", alpha, rank);
     }},
    {Severity::warning, "fp16_on_bf16_model", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       const bool narrow = t.mixed_precision == MixedPrecision::fp16 || t.weight_dtype == Dtype::fp16;
       return !inference(in) && narrow && in.inventory.default_dtype == Dtype::bf16 &&
              found_text(f, t.mixed_precision == MixedPrecision::fp16 ? "training.mixed_precision" : "training.weight_dtype", "fp16");
     }},
    {Severity::warning, "batch_very_large", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       const std::int64_t sequences = t.micro_batch_size * t.gradient_accumulation_steps * in.scenario.parallelism.data_parallel_size;
       return in.scenario.task == Task::finetuning && !is_cnn(in) && sequences > 2048 && found(f, "training.micro_batch_size", sequences, std::int64_t{2048});
     }},
    {Severity::warning, "batch_very_small", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       const std::int64_t sequences = t.micro_batch_size * t.gradient_accumulation_steps * in.scenario.parallelism.data_parallel_size;
       return in.scenario.task == Task::finetuning && !is_cnn(in) && sequences < 2 && found(f, "training.gradient_accumulation_steps", sequences, std::int64_t{2});
     }},
    {Severity::warning, "micro_batch_outside_best", false,
     [](const RuleInput& in, Finding& f) {
       const std::int64_t batch = in.scenario.training.micro_batch_size;
       if (in.scenario.task != Task::finetuning) return false;
       constexpr std::string_view kField = "training.micro_batch_size";
       if (is_cnn(in)) return ((batch >= 32 && batch < 64) || batch > 256) && found(f, kField, batch, 0, "64 – 256");
       return has_stack(in.inventory, StackKind::decoder) && batch > 16 && found(f, kField, batch, 0, sees_and_writes(in) ? "8 – 16" : "2 – 16");
     }},
    {Severity::warning, "warmup_longer_than_run", false,
     [](const RuleInput& in, Finding& f) {
       const double steps = inference(in) ? 0.0 : steps_of(in.scenario, in.inventory);
       const std::int64_t warmup = in.scenario.training.warmup_steps;
       return steps > 0 && static_cast<double>(warmup) >= steps && found(f, "training.warmup_steps", warmup, static_cast<std::int64_t>(steps));
     }},
    {Severity::warning, "rank_below_best", false,
     [](const RuleInput& in, Finding& f) { return trains_adapters(in) && in.scenario.training.lora_rank < 8 && found(f, "training.lora_rank", in.scenario.training.lora_rank, 0, "8 – 64"); }},
    {Severity::warning, "expert_capacity_outside_usual", false,
     [](const RuleInput& in, Finding& f) {
       const double factor = in.scenario.training.expert_capacity_factor;
       return !inference(in) && in.inventory.num_experts > 0 && factor > 0 && (factor < 1 || factor > 1.5) && found(f, "training.expert_capacity_factor", factor, 1.5);
     }},
    {Severity::warning, "batch_norm_small_batch", false,
     [](const RuleInput& in, Finding& f) {
       return !inference(in) && is_cnn(in) && in.inventory.buffer_elements > 0 && in.scenario.training.micro_batch_size < 32 &&
              found(f, "training.micro_batch_size", in.scenario.training.micro_batch_size, std::int64_t{32});
     }},
    {Severity::warning, "kto_needs_batch", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       return !inference(in) && t.stage == TrainingStage::kto && t.micro_batch_size < 2 && found(f, "training.micro_batch_size", t.micro_batch_size, std::int64_t{2});
     }},
    {Severity::warning, "rollout_share_too_small", true,
     [](const RuleInput& in, Finding& f) {
       const Counted& c = in.estimate->counted;
       if (inference(in) || c.rollout_pool < 0 || c.rollout_replies <= 0 || c.rollout_pool >= c.rollout_cache / c.rollout_replies) return false;
       return found_share(f, "training.rollout_memory_utilization", in.scenario.training.rollout_memory_utilization);
     }},
    {Severity::warning, "memory_nearly_full", true,
     [](const RuleInput& in, Finding& f) {
       const double use = use_of_card(in);
       return use > 0.9 && use <= 1 && found_share(f, "hardware.gpu", use);
     }},

    {Severity::warning, "reads_no_images", false,
     [](const RuleInput& in, Finding& f) {
       const bool serves = inference(in);
       const bool sees = in.inventory.fixed_patches > 0 || in.inventory.image_tokens > 0;
       const std::int64_t images = serves ? in.scenario.inference.images : in.scenario.training.images;
       const std::int64_t frames = serves ? in.scenario.inference.frames : in.scenario.training.frames;
       const std::int64_t size = serves ? in.scenario.inference.image_size : in.scenario.training.image_size;
       if (images > 0 && !sees) return found(f, serves ? "inference.images" : "training.images", images);
       if (frames > 0 && !sees) return found(f, serves ? "inference.frames" : "training.frames", frames);
       return size > 0 && !sees && !is_cnn(in) && found(f, serves ? "inference.image_size" : "training.image_size", size);
     }},

    // Silent costs: bytes that a default takes without saying so.
    {Severity::suggestion, "adapters_in_fp32", true,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       if (!trains_adapters(in) || !t.lora_fp32 || bytes_of(t.weight_dtype) >= 4) return false;
       const OptimizerStates& states = states_of(t.optimizer);
       const double copies = 2.0 + (states.fixed_bytes > 0 || states.factored ? 0.0 : states.tensors);  // weight, gradient, states
       return found_cost(in, f, "training.lora_fp32", in.estimate->counted.adapters * 2.0 * copies);
     }},
    {Severity::warning, "kbit_upcast_undone", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       return !inference(in) && t.method == Method::qlora && t.kbit_upcast && !profile_of(t.framework).keeps_upcast &&
              found_text(f, "training.kbit_upcast", "true", name_of_enum(t.framework));
     }},
    {Severity::warning, "mamba_kernels_unread", false,
     [](const RuleInput& in, Finding& f) {
       if (inference(in) || in.scenario.training.mamba_kernels) return false;
       const std::vector<Tensor>& tensors = in.inventory.tensors;
       return std::none_of(tensors.begin(), tensors.end(), [](const Tensor& tensor) { return (tensor.all & feature::kSlowScan) != 0; }) &&
              found_text(f, "training.mamba_kernels", "false");
     }},
    {Severity::warning, "kbit_upcast_widens", true,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       const Counted& c = in.estimate->counted;
       if (inference(in) || t.method != Method::qlora || !t.kbit_upcast || !profile_of(t.framework).keeps_upcast) return false;
       return found_cost(in, f, "training.kbit_upcast", (c.parameters - c.quantised_parameters) * 2.0);
     }},
    {Severity::suggestion, "logits_in_fp32", true,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       if (inference(in) || t.loss != LossKind::eager || !computes_narrow(t) || !in.inventory.loss_fp32 || profile_of(t.framework).loss_bytes_per_logit < 6) return false;
       return found_cost(in, f, "training.loss", in.estimate->counted.logit_count * 4.0);
     }},
    {Severity::warning, "attention_falls_back", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       if (inference(in) || in.inventory.max_heads <= 1 || t.attention == AttentionKind::eager) return false;
       const bool old_card = t.attention == AttentionKind::flash && in.gpu != nullptr && in.gpu->compute_capability > 0 && in.gpu->compute_capability < 80;
       const bool capped = t.attention == AttentionKind::sdpa && in.inventory.softcap_logits;
       if (!old_card && !capped) return false;
       // Scores of one layer: fp32 softmax and its narrow copy.
       const double length = static_cast<double>(t.sequence_length) / static_cast<double>(in.scenario.parallelism.context_parallel_size);
       const double heads = static_cast<double>(in.inventory.max_heads) / static_cast<double>(in.scenario.parallelism.tensor_parallel_size);
       const double sequences = static_cast<double>(t.micro_batch_size) * traits_of(t.stage).sequences;
       found_bytes(f, "training.attention", sequences * heads * length * length * (computes_narrow(t) ? 6.0 : 4.0));
       f.allowed_text = old_card ? in.gpu->name : std::string_view("sdpa");
       return true;
     }},
    {Severity::suggestion, "ddp_copies_gradients", true,
     [](const RuleInput& in, Finding& f) {
       const bool whole = in.scenario.parallelism.zero_stage == 0 && in.scenario.training.framework != Framework::deepspeed;
       return !inference(in) && whole && found_cost(in, f, "parallelism.zero_stage", in.estimate->counted.bucket_bytes);
     }},
    {Severity::suggestion, "bucket_larger_than_shard", true,
     [](const RuleInput& in, Finding& f) {
       const Parallelism& p = in.scenario.parallelism;
       if (inference(in) || in.scenario.training.framework != Framework::deepspeed || p.zero_stage < 2) return false;
       const double shard = in.estimate->counted.trainable * 2.0 / static_cast<double>(p.data_parallel_size * p.context_parallel_size);
       const double bucket = in.estimate->counted.bucket_bytes;
       return bucket > shard && found_cost(in, f, "parallelism.zero_stage", bucket);
     }},

    {Severity::suggestion, "accumulate_instead", false,
     [](const RuleInput& in, Finding& f) {
       const TrainingRun& t = in.scenario.training;
       return !inference(in) && t.micro_batch_size > 16 && t.sequence_length > 4096 && found(f, "training.micro_batch_size", t.micro_batch_size, std::int64_t{16});
     }},
    {Severity::suggestion, "rank_rarely_helps", false,
     [](const RuleInput& in, Finding& f) {
       return trains_adapters(in) && in.scenario.training.lora_rank > 64 && found(f, "training.lora_rank", in.scenario.training.lora_rank, std::int64_t{64});
     }},
    {Severity::suggestion, "adamw_for_transformers", false,
     [](const RuleInput& in, Finding& f) {
       const Optimizer o = in.scenario.training.optimizer;
       return !inference(in) && !is_cnn(in) && (o == Optimizer::sgd || o == Optimizer::sgd_momentum) && found_text(f, "training.optimizer", name_of_enum(o));
     }},
    {Severity::suggestion, "sgd_for_cnn", false,
     [](const RuleInput& in, Finding& f) {
       const Optimizer o = in.scenario.training.optimizer;
       return !inference(in) && is_cnn(in) && (o == Optimizer::adam || o == Optimizer::adamw) && found_text(f, "training.optimizer", name_of_enum(o));
     }},
    {Severity::suggestion, "freeze_vision_tower", false,
     [](const RuleInput& in, Finding& f) {
       return trains_fully(in) && has_stack(in.inventory, StackKind::vision) && has_stack(in.inventory, StackKind::decoder) && found_text(f, "training.method", "full");
     }},
    {Severity::suggestion, "balance_loss_small", false,
     [](const RuleInput& in, Finding& f) {
       const double weight = in.scenario.training.balance_loss_weight;
       return trains_fully(in) && in.inventory.num_experts > 0 && weight < 0.01 && found(f, "training.balance_loss_weight", weight, 0.01);
     }},
    {Severity::suggestion, "flash_attention_instead", false,
     [](const RuleInput& in, Finding& f) {
       return !inference(in) && in.inventory.max_heads > 1 && in.scenario.training.attention == AttentionKind::eager && found_text(f, "training.attention", "eager");
     }},
    {Severity::suggestion, "bf16_instead_of_fp32", false,
     [](const RuleInput& in, Finding& f) {
       const bool pure = weight_dtype(in) == Dtype::fp32 && (inference(in) || in.scenario.training.mixed_precision == MixedPrecision::none);
       return pure && in.gpu != nullptr && in.gpu->supports_bf16 && found_text(f, weight_field(in), "fp32");
     }},
    {Severity::suggestion, "cheaper_card_has_room", true,
     [](const RuleInput& in, Finding& f) {
       constexpr double kOversized = 0.45;
       const double use = use_of_card(in);
       const HardwareChoice& chosen = in.scenario.hardware;
       if (in.gpu == nullptr || use <= 0 || use >= kOversized || chosen.memory_gib > 0 || (in.gpu->prices.cloud_usd_per_hour <= 0 && chosen.usd_per_gpu_hour <= 0)) return false;
       const bool trains = !inference(in);
       const MixedPrecision mixed = trains ? in.scenario.training.mixed_precision : MixedPrecision::none;
       const bool bf16 = weight_dtype(in) == Dtype::bf16 || mixed == MixedPrecision::bf16;
       const bool fp8 = weight_dtype(in) == Dtype::fp8 || mixed == MixedPrecision::fp8;
       const GpuSpec* card = cheapest_with_room(static_cast<double>(in.estimate->needed().value), *in.gpu, chosen.usd_per_gpu_hour, bf16, fp8);
       return card != nullptr && found_text(f, "hardware.gpu", in.gpu->name, card->name);
     }},
    {Severity::suggestion, "fused_loss_instead", true,
     [](const RuleInput& in, Finding& f) {
       if (inference(in) || in.scenario.training.loss != LossKind::eager) return false;
       const double share = share_of_peak(in, TermId::logits);
       return share > 0.25 && found_share(f, "training.loss", share);
     }},
    {Severity::suggestion, "paged_8bit_optimizer_instead", true,
     [](const RuleInput& in, Finding& f) {
       const Optimizer o = in.scenario.training.optimizer;
       if (inference(in) || (o != Optimizer::adam && o != Optimizer::adamw)) return false;
       const double share = share_anywhere(in, TermId::optimizer_states);
       return use_of_card(in) > 1 && share > 0.2 && found_share(f, "training.optimizer", share);
     }},
});

}  // namespace

std::span<const Rule> validation_rules() { return kRules; }

}  // namespace vram
