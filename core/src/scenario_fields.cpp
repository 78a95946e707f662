// The rows of the field table. Ranges: what the engine can compute; control ranges: what a slider offers.
// SPDX-License-Identifier: MIT
#include "scenario_fields.h"

#include <array>
#include <type_traits>

namespace vram {

namespace {

struct Bounds {
  double min, max, control_min, control_max;
};

template <auto Group, auto Member>
auto& member(Scenario& scenario) {
  return (scenario.*Group).*Member;
}

constexpr FieldGroup group_of(std::string_view path) {
  if (path.starts_with("inference.")) return FieldGroup::inference;
  if (path.starts_with("training.")) return FieldGroup::training;
  return FieldGroup::common;
}

template <auto Group, auto Member>
constexpr Field integer(std::string_view path, Bounds b, std::string_view unit = "") {
  Field field{path, FieldType::integer, group_of(path), b.min, b.max, b.control_min, b.control_max, unit};
  field.integer = [](Scenario& s) -> std::int64_t& { return member<Group, Member>(s); };
  return field;
}
template <auto Group, auto Member>
constexpr Field number(std::string_view path, Bounds b, std::string_view unit = "") {
  Field field{path, FieldType::number, group_of(path), b.min, b.max, b.control_min, b.control_max, unit};
  field.number = [](Scenario& s) -> double& { return member<Group, Member>(s); };
  return field;
}
template <auto Group, auto Member>
constexpr Field flag(std::string_view path) {
  Field field{path, FieldType::flag, group_of(path)};
  field.flag = [](Scenario& s) -> bool& { return member<Group, Member>(s); };
  return field;
}
template <auto Group, auto Member>
constexpr Field text(std::string_view path, FieldType type = FieldType::text, std::span<const std::string_view> (*offered)() = nullptr) {
  Field field{path, type, group_of(path)};
  field.names = offered;
  field.text = [](Scenario& s) -> std::string& { return member<Group, Member>(s); };
  return field;
}
template <auto Group, auto Member>
constexpr Field targets(std::string_view path, std::span<const std::string_view> (*offered)()) {
  Field field{path, FieldType::targets, group_of(path)};
  field.targets = [](Scenario& s) -> Features& { return member<Group, Member>(s); };
  field.names = offered;
  return field;
}
template <auto Group, auto Member>
constexpr Field packing(std::string_view path, std::span<const std::string_view> (*offered)()) {
  Field field{path, FieldType::packing, group_of(path)};
  field.packing = [](Scenario& s) -> Quantization& { return member<Group, Member>(s); };
  field.names = offered;
  return field;
}
template <auto Group, auto Member>
constexpr Field version(std::string_view path) {
  Field field{path, FieldType::version, group_of(path)};
  field.version = [](Scenario& s) -> EngineVersion& { return member<Group, Member>(s); };
  return field;
}
template <auto Group, auto Member>
constexpr Field choice(std::string_view path) {
  using E = std::remove_reference_t<decltype(member<Group, Member>(std::declval<Scenario&>()))>;
  Field field{path, FieldType::choice, group_of(path)};
  field.names = [] { return enum_names<E>(); };
  field.get_choice = [](const Scenario& s) { return static_cast<std::size_t>((s.*Group).*Member); };
  field.set_choice = [](Scenario& s, std::size_t value) { (s.*Group).*Member = static_cast<E>(value); };
  return field;
}
template <auto Member>
constexpr Field top_choice(std::string_view path) {
  using E = std::remove_reference_t<decltype(std::declval<Scenario&>().*Member)>;
  Field field{path, FieldType::choice, FieldGroup::common};
  field.names = [] { return enum_names<E>(); };
  field.get_choice = [](const Scenario& s) { return static_cast<std::size_t>(s.*Member); };
  field.set_choice = [](Scenario& s, std::size_t value) { s.*Member = static_cast<E>(value); };
  return field;
}

/// The formats people choose by name; the engine knows more (see quant_format.h).
std::span<const std::string_view> weight_formats() {
  static constexpr auto kNames = std::to_array<std::string_view>({"none", "int8", "fp8", "gptq", "awq", "nf4", "nf4-dq", "mxfp4", "nvfp4", "q8_0",
                                                                  "q6_k", "q5_k_m", "q4_k_m", "q3_k_m", "q2_k"});
  return kNames;
}
std::span<const std::string_view> base_formats() {
  static constexpr auto kNames = std::to_array<std::string_view>({"nf4-dq", "nf4", "int8", "gptq", "awq"});
  return kNames;
}
std::span<const std::string_view> target_modules() {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"});
  return kNames;
}

constexpr Bounds kBatch{1, 1e6, 1, 1024};
constexpr Bounds kLength{1, 16777216, 128, 1048576};
constexpr Bounds kLengthOrDefault{0, 16777216, 0, 1048576};
constexpr Bounds kDegree{1, 1e6, 1, 64};

const auto& table() {
  constexpr auto I = &Scenario::inference;
  constexpr auto T = &Scenario::training;
  constexpr auto P = &Scenario::parallelism;
  constexpr auto H = &Scenario::hardware;
  static constexpr auto kFields = std::to_array<Field>({
      top_choice<&Scenario::task>("task"),
      choice<I, &InferenceRun::engine>("inference.engine"),
      version<I, &InferenceRun::engine_version>("inference.engine_version"),
      integer<I, &InferenceRun::context_length>("inference.context_length", kLength, "tokens"),
      integer<I, &InferenceRun::prompt_length>("inference.prompt_length", kLengthOrDefault, "tokens"),
      integer<I, &InferenceRun::shared_prefix_length>("inference.shared_prefix_length", kLengthOrDefault, "tokens"),
      integer<I, &InferenceRun::batch_size>("inference.batch_size", kBatch, "sequences"),
      integer<I, &InferenceRun::beams>("inference.beams", {1, 1024, 1, 16}),
      integer<I, &InferenceRun::max_num_seqs>("inference.max_num_seqs", {0, 1e6, 0, 1024}, "sequences"),
      integer<I, &InferenceRun::max_num_batched_tokens>("inference.max_num_batched_tokens", {0, 16777216, 0, 131072}, "tokens"),
      choice<I, &InferenceRun::weight_dtype>("inference.weight_dtype"),
      packing<I, &InferenceRun::quantization>("inference.quantization", weight_formats),
      choice<I, &InferenceRun::kv_cache_dtype>("inference.kv_cache_dtype"),
      choice<I, &InferenceRun::kv_cache_dtype_v>("inference.kv_cache_dtype_v"),
      number<I, &InferenceRun::gpu_memory_utilization>("inference.gpu_memory_utilization", {0, 1, 0, 1}),
      flag<I, &InferenceRun::reserve_kv_cache>("inference.reserve_kv_cache"),
      flag<I, &InferenceRun::enforce_eager>("inference.enforce_eager"),
      integer<I, &InferenceRun::n_ubatch>("inference.n_ubatch", {0, 1048576, 0, 8192}, "tokens"),
      flag<I, &InferenceRun::flash_attention>("inference.flash_attention"),
      integer<I, &InferenceRun::gpu_layers>("inference.gpu_layers", {-1, 1e6, -1, 200}, "layers"),
      integer<I, &InferenceRun::cpu_experts>("inference.cpu_experts", {0, 1e6, 0, 200}, "layers"),
      integer<I, &InferenceRun::speculative_tokens>("inference.speculative_tokens", {0, 1024, 0, 16}, "tokens"),
      text<I, &InferenceRun::draft_model>("inference.draft_model"),
      number<I, &InferenceRun::draft_parameters_b>("inference.draft_parameters_b", {0, 1e6, 0, 32}),
      integer<I, &InferenceRun::draft_layers>("inference.draft_layers", {0, 1e6, 0, 80}, "layers"),
      integer<I, &InferenceRun::images>("inference.images", {0, 1e6, 0, 64}, "images"),
      integer<I, &InferenceRun::frames>("inference.frames", {0, 1e6, 0, 768}, "frames"),
      integer<I, &InferenceRun::image_size>("inference.image_size", {0, 16384, 0, 4096}, "pixels"),
      choice<T, &TrainingRun::method>("training.method"),
      choice<T, &TrainingRun::stage>("training.stage"),
      integer<T, &TrainingRun::micro_batch_size>("training.micro_batch_size", kBatch, "sequences"),
      integer<T, &TrainingRun::sequence_length>("training.sequence_length", kLength, "tokens"),
      integer<T, &TrainingRun::target_length>("training.target_length", {0, 16777216, 0, 4096}, "tokens"),
      integer<T, &TrainingRun::gradient_accumulation_steps>("training.gradient_accumulation_steps", {1, 1e6, 1, 128}, "steps"),
      integer<T, &TrainingRun::lora_rank>("training.lora_rank", {1, 65536, 1, 512}),
      number<T, &TrainingRun::lora_alpha>("training.lora_alpha", {0, 1e6, 1, 1024}),
      number<T, &TrainingRun::lora_dropout>("training.lora_dropout", {0, 0.999, 0, 0.5}),
      targets<T, &TrainingRun::lora_target_modules>("training.lora_target_modules", target_modules),
      flag<T, &TrainingRun::lora_fp32>("training.lora_fp32"),
      choice<T, &TrainingRun::weight_dtype>("training.weight_dtype"),
      choice<T, &TrainingRun::mixed_precision>("training.mixed_precision"),
      text<T, &TrainingRun::quantization>("training.quantization", FieldType::text, base_formats),
      flag<T, &TrainingRun::kbit_upcast>("training.kbit_upcast"),
      flag<T, &TrainingRun::mamba_kernels>("training.mamba_kernels"),
      integer<T, &TrainingRun::num_virtual_tokens>("training.num_virtual_tokens", {1, 1e6, 1, 200}, "tokens"),
      choice<T, &TrainingRun::optimizer>("training.optimizer"),
      flag<T, &TrainingRun::fused_optimizer>("training.fused_optimizer"),
      flag<T, &TrainingRun::optimizer_in_backward>("training.optimizer_in_backward"),
      choice<T, &TrainingRun::activation_checkpointing>("training.activation_checkpointing"),
      choice<T, &TrainingRun::attention>("training.attention"),
      choice<T, &TrainingRun::framework>("training.framework"),
      version<T, &TrainingRun::framework_version>("training.framework_version"),
      choice<T, &TrainingRun::loss>("training.loss"),
      number<T, &TrainingRun::dropout>("training.dropout", {0, 0.999, 0, 0.5}),
      number<T, &TrainingRun::learning_rate>("training.learning_rate", {1e-12, 100, 1e-6, 1e-1}),
      integer<T, &TrainingRun::warmup_steps>("training.warmup_steps", {0, 1e9, 0, 10000}, "steps"),
      number<T, &TrainingRun::weight_decay>("training.weight_decay", {0, 10, 0, 0.1}),
      number<T, &TrainingRun::max_grad_norm>("training.max_grad_norm", {0, 1e6, 0, 5}),
      number<T, &TrainingRun::expert_capacity_factor>("training.expert_capacity_factor", {0, 1000, 0, 2}),
      number<T, &TrainingRun::tokens>("training.tokens", {0, 1e15, 0, 1e14}, "tokens"),
      number<T, &TrainingRun::epochs>("training.epochs", {0, 1e6, 0, 300}),
      number<T, &TrainingRun::dataset_tokens>("training.dataset_tokens", {0, 1e15, 0, 1e13}, "tokens"),
      number<T, &TrainingRun::balance_loss_weight>("training.balance_loss_weight", {0, 1000, 0, 0.1}),
      integer<T, &TrainingRun::frozen_layers>("training.frozen_layers", {0, 1e6, 0, 200}, "layers"),
      flag<T, &TrainingRun::precompute_ref_log_probs>("training.precompute_ref_log_probs"),
      integer<T, &TrainingRun::group_size>("training.group_size", {1, 1e6, 2, 64}, "completions"),
      integer<T, &TrainingRun::prompt_length>("training.prompt_length", {1, 16777216, 16, 131072}, "tokens"),
      number<T, &TrainingRun::beta>("training.beta", {0, 1000, 0, 1}),
      number<T, &TrainingRun::reward_parameters_b>("training.reward_parameters_b", {0, 1e6, 0, 70}),
      choice<T, &TrainingRun::rollout>("training.rollout"),
      number<T, &TrainingRun::rollout_memory_utilization>("training.rollout_memory_utilization", {0.01, 1, 0.1, 0.9}),
      integer<T, &TrainingRun::rollout_tensor_parallel_size>("training.rollout_tensor_parallel_size", {1, 1024, 1, 8}),
      flag<T, &TrainingRun::rollout_sleep>("training.rollout_sleep"),
      integer<T, &TrainingRun::images>("training.images", {0, 1e6, 0, 64}, "images"),
      integer<T, &TrainingRun::frames>("training.frames", {0, 1e6, 0, 768}, "frames"),
      integer<T, &TrainingRun::image_size>("training.image_size", {0, 65536, 0, 4096}, "pixels"),
      integer<P, &Parallelism::data_parallel_size>("parallelism.data_parallel_size", kDegree),
      integer<P, &Parallelism::tensor_parallel_size>("parallelism.tensor_parallel_size", kDegree),
      integer<P, &Parallelism::pipeline_parallel_size>("parallelism.pipeline_parallel_size", {1, 1024, 1, 64}),
      integer<P, &Parallelism::virtual_pipeline_size>("parallelism.virtual_pipeline_size", {1, 1024, 1, 16}, "chunks"),
      integer<P, &Parallelism::context_parallel_size>("parallelism.context_parallel_size", kDegree),
      choice<P, &Parallelism::context_parallel_method>("parallelism.context_parallel_method"),
      integer<P, &Parallelism::expert_parallel_size>("parallelism.expert_parallel_size", kDegree),
      integer<P, &Parallelism::expert_tensor_parallel_size>("parallelism.expert_tensor_parallel_size", {0, 1e6, 0, 64}),
      integer<P, &Parallelism::zero_stage>("parallelism.zero_stage", {0, 3, 0, 3}),
      flag<P, &Parallelism::sequence_parallel>("parallelism.sequence_parallel"),
      choice<P, &Parallelism::offload>("parallelism.offload"),
      flag<P, &Parallelism::overlap_communication>("parallelism.overlap_communication"),
      text<H, &HardwareChoice::gpu>("hardware.gpu"),
      integer<H, &HardwareChoice::gpus>("hardware.gpus", {1, 1e6, 1, 64}),
      number<H, &HardwareChoice::memory_gib>("hardware.memory_gib", {0, 1e6, 0, 1024}, "GiB"),
      number<H, &HardwareChoice::usd_per_gpu_hour>("hardware.usd_per_gpu_hour", {0, 1e6, 0, 100}),
      number<H, &HardwareChoice::non_torch_gib>("hardware.non_torch_gib", {0, 1e6, 0, 16}, "GiB"),
      number<H, &HardwareChoice::graph_gib>("hardware.graph_gib", {0, 1e6, 0, 16}, "GiB"),
      number<H, &HardwareChoice::context_gib>("hardware.context_gib", {0, 1e6, 0, 16}, "GiB"),
      top_choice<&Scenario::method>("method"),
  });
  return kFields;
}

}  // namespace

std::span<const Field> scenario_fields() { return table(); }

const Field* find_field(std::string_view path) {
  for (const Field& field : table()) {
    if (field.path == path) return &field;
  }
  return nullptr;
}

}  // namespace vram
