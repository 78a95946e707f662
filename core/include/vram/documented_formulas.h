// The widely quoted closed formulas, kept as they were published: the second method ("documented") beside the engine.
// They share nothing with the engine and are pinned by tests/golden/documented.json. Where one is physically wrong the
// comment says so. SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

namespace vram::documented {

/// One row of the published breakdown.
struct Term {
  std::string_view id;
  double bytes = 0.0;
};

struct Estimate {
  std::vector<Term> terms;

  [[nodiscard]] double total_bytes() const;
  [[nodiscard]] double total_gib() const;
  /// Bytes of a row, 0 when the formula has no such row.
  [[nodiscard]] double bytes_of(std::string_view id) const;
};

/// FP32 4, FP16 and BF16 2, FP8 1, anything else 4. Wrong for INT8 and INT4, which therefore cost as much as FP32; the
/// engine sizes each format.
[[nodiscard]] double precision_bytes(std::string_view precision);
/// None 1, INT8 0.25, INT4 0.125, FP8 0.25 of the compute precision. Wrong: INT8 is half of FP16, not a quarter, and
/// scales are left out; the engine sizes each format with its scales.
[[nodiscard]] double quantization_ratio(std::string_view quantization);

/// What the formulas assume when a model is not known.
struct Model {
  double parameters = 7e9;
  double hidden_size = 4096.0;
  double layers = 32.0;
};

struct Inference {
  Model model;
  std::string_view precision = "FP16";
  std::string_view quantization = "None";
  double batch = 1.0;
  double sequence = 2048.0;
  double kv_cache_ratio = 1.0;
};
/// P*b*q + kv*ratio + 0.1*act. Wrong: every query head is given its own key and value (grouped heads are ignored), and
/// a tenth of the training activations stands for the engine's buffers; our engine stores KV heads and models each
/// serving engine.
[[nodiscard]] Estimate estimate(const Inference& run);

struct Training {
  double parameters = 7e9;
  std::string_view precision = "FP16";
  std::string_view optimizer = "AdamW";
  double batch = 4.0;
  double sequence = 2048.0;
  bool gradient_checkpointing = false;
};
/// P*b + P*4*(SGD 1, else 2) + P*b + act(B, S, 4096, 32)*(checkpointing 0.3) + 1.5 GiB. Wrong: activations are those of
/// a 7B model whatever the size, and FP32 master weights are left out; the engine uses the model's own blocks and
/// optimizer.
[[nodiscard]] Estimate estimate(const Training& run);

struct FineTuning {
  Model model;
  std::string_view method = "LoRA";  ///< Full, LoRA, QLoRA, Prefix
  std::string_view precision = "FP16";
  std::string_view quantization = "None";
  double lora_rank = 4.0;
};
/// Batch 2 and sequence 2048 always. Wrong: the adapter's size does not depend on the target modules and the batch
/// cannot be chosen; the engine attaches adapters to real matrices.
[[nodiscard]] Estimate estimate(const FineTuning& run);

struct Grpo {
  Model model;
  std::string_view precision = "FP16";
  double batch = 4.0;
  double sequence = 2048.0;
  double generations = 8.0;
  bool eight_bit_optimizer = true;
  bool gradient_checkpointing = true;
};
/// P*b/8 + 0.01*P*(4 or 8) + 0.01*P*b + k*act*(checkpointing 0.3) + 2 GiB. Wrong: the policy is held at an eighth of
/// its precision and all k completions are back-propagated at once, without a KV cache; the engine takes the largest of
/// roll-out, reference and update.
[[nodiscard]] Estimate estimate(const Grpo& run);

struct Multimodal {
  Model model = {8.3e9, 4096.0, 28.0};
  std::string_view mode = "inference";  ///< inference, finetuning, training
  std::string_view precision = "FP16";
  double batch = 2.0;
  double sequence = 2048.0;
  bool image = true;
  bool audio = false;
  bool video = false;
  double images = 1.0;
  double resolution = 336.0;
  double patch = 16.0;
  double audio_seconds = 30.0;
  double frames_per_second = 25.0;
  double video_seconds = 10.0;
};
/// Switches the modalities on by name: text-image, text-audio, text-video, audio-video, all. False for any other name.
bool set_modality(Multimodal& run, std::string_view modality);
/// Text, image, audio and video tokens together. Wrong: (resolution / patch)^2 may be a fraction of a patch and merged
/// patches are not merged; the engine rounds as the model's processor does.
[[nodiscard]] double multimodal_tokens(const Multimodal& run);
/// P*b + P_t*b + 8*P_t + B*tokens*H*L*b + 1.5 GiB. Wrong: one hidden state a layer stands for all saved tensors; the
/// engine folds every block.
[[nodiscard]] Estimate estimate(const Multimodal& run);

struct AdvancedNlp {
  double model_size = 7.0;  ///< 1e9 parameters
  std::string_view precision = "FP16";
  std::string_view optimizer = "AdamW";
  double batch = 4.0;
  double sequence = 2048.0;
  double gradient_accumulation = 4.0;
  double vocab_size = 50000.0;
  double heads = 32.0;
  double hidden_size = 4096.0;
  double intermediate_size = 11008.0;
  double layers = 32.0;
  double lora_rank = 16.0;
  double lora_attention_targets = 2.0;  ///< how many of q, k, v, o
  double lora_mlp_targets = 0.0;        ///< how many of gate, up, down
  double max_generation_length = 0.0;   ///< 0 = the sequence length
  double weight_decay = 0.01;
};
/// Wrong in three ways the published table shows: gradient accumulation multiplies gradients and optimizer states,
/// weight decay reserves a tenth of the weights, and attention scores are kept for every layer; in the engine none of
/// the three costs that.
[[nodiscard]] Estimate estimate(const AdvancedNlp& run);

struct AdvancedMultimodal {
  double model_size = 7.0;  ///< 1e9 parameters
  std::string_view precision = "FP16";
  std::string_view optimizer = "AdamW";
  double batch = 8.0;
  double sequence = 1024.0;
  double resolution = 336.0;
  double patch = 14.0;
  double vision_dim = 1024.0;
};
/// Wrong: freezing a tower changes nothing, and the towers' shares do not add up to the model's size; the engine
/// follows what trains.
[[nodiscard]] Estimate estimate(const AdvancedMultimodal& run);

struct AdvancedMoe {
  double model_size = 8.0;  ///< 1e9 parameters
  std::string_view precision = "BF16";
  double batch = 16.0;
  double sequence = 2048.0;
  double experts = 8.0;
  double active_experts = 2.0;
};
/// Wrong: only the active experts are held, so memory falls when the same size is cut into more experts; the engine
/// keeps every expert resident.
[[nodiscard]] Estimate estimate(const AdvancedMoe& run);

struct AdvancedCnn {
  double model_size = 0.05;  ///< 1e9 parameters
  std::string_view precision = "FP32";
  double batch = 64.0;
  double image_size = 224.0;
};
/// Wrong: feature maps halve and widen at every one of 20 layers whatever the architecture, and SGD costs as much as
/// Adam; the engine walks the real stages.
[[nodiscard]] Estimate estimate(const AdvancedCnn& run);

/// 100 * 2 * model_size / total_GiB.
[[nodiscard]] double memory_efficiency(double model_size, double total_gib);
/// min(100, 100 * B * S / 8192).
[[nodiscard]] double compute_efficiency(double batch, double sequence);

}  // namespace vram::documented
