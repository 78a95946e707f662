// The documented formulas, restated from their published description.
// SPDX-License-Identifier: MIT
#include "vram/documented_formulas.h"

#include <algorithm>
#include <cmath>

namespace vram::documented {
namespace {

constexpr double kGib = 1073741824.0;

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return upper(x) == upper(y); });
}

/// (11*B*S*H + B*S^2)*L*b
double activations(double batch, double sequence, double hidden, double layers, double bytes) {
  return (11.0 * batch * sequence * hidden + batch * sequence * sequence) * layers * bytes;
}

/// 2*B*S*H*L*b
double kv_cache(double batch, double sequence, double hidden, double layers, double bytes) {
  return 2.0 * batch * sequence * hidden * layers * bytes;
}

/// Times 0.3 with checkpointing.
double kept(bool checkpointing) { return checkpointing ? 0.3 : 1.0; }

/// 4*(SGD 4/b, Adam 8/b) bytes of state for each parameter.
double advanced_state_bytes(std::string_view optimizer, double bytes) {
  return 4.0 * ((same(optimizer, "SGD") ? 4.0 : 8.0) / bytes);
}

double square(double x) { return x * x; }

double fine_tuned_parameters(const FineTuning& run) {
  const double p = run.model.parameters;
  if (same(run.method, "Full")) return p;
  if (same(run.method, "Prefix")) return 0.01 * p;
  return p * 2.0 * run.lora_rank / 4096.0;
}

double fine_tuning_activation_share(std::string_view method) {
  if (same(method, "Full")) return 1.0;
  if (same(method, "Prefix")) return 0.7;
  return same(method, "QLoRA") ? 0.6 : 0.8;
}

double multimodal_trained(const Multimodal& run) {
  if (same(run.mode, "training")) return run.model.parameters;
  return same(run.mode, "finetuning") ? 0.01 * run.model.parameters : 0.0;
}

/// Sum of size^2 * channels over 20 layers that halve the size and double the channels.
double cnn_feature_elements(double image_size) {
  double size = image_size, channels = 3.0, sum = 0.0;
  for (int layer = 0; layer < 20; ++layer) {
    sum += size * size * channels;
    size = std::max(1.0, std::floor(size / 2.0));
    channels = std::min(2048.0, 2.0 * channels);
  }
  return sum;
}

}  // namespace

double Estimate::total_bytes() const {
  double sum = 0.0;
  for (const Term& term : terms) sum += term.bytes;
  return sum;
}

double Estimate::total_gib() const { return total_bytes() / kGib; }

double Estimate::bytes_of(std::string_view id) const {
  const auto row = std::find_if(terms.begin(), terms.end(), [id](const Term& term) { return term.id == id; });
  return row == terms.end() ? 0.0 : row->bytes;
}

double precision_bytes(std::string_view precision) {
  if (same(precision, "FP16") || same(precision, "BF16")) return 2.0;
  return same(precision, "FP8") ? 1.0 : 4.0;
}

double quantization_ratio(std::string_view quantization) {
  if (same(quantization, "INT4")) return 0.125;
  return same(quantization, "INT8") || same(quantization, "FP8") ? 0.25 : 1.0;
}

Estimate estimate(const Inference& run) {
  const double b = precision_bytes(run.precision);
  const Model& m = run.model;
  return {{{"model_weights", m.parameters * b * quantization_ratio(run.quantization)},
           {"kv_cache", kv_cache(run.batch, run.sequence, m.hidden_size, m.layers, b) * run.kv_cache_ratio},
           {"activations", 0.1 * activations(run.batch, run.sequence, m.hidden_size, m.layers, b)}}};
}

Estimate estimate(const Training& run) {
  const double b = precision_bytes(run.precision);
  const double states = same(run.optimizer, "SGD") ? 1.0 : 2.0;
  return {{{"model_weights", run.parameters * b},
           {"optimizer_states", run.parameters * 4.0 * states},
           {"gradients", run.parameters * b},
           {"activations", activations(run.batch, run.sequence, 4096.0, 32.0, b) * kept(run.gradient_checkpointing)},
           {"other_overhead", 1.5 * kGib}}};
}

Estimate estimate(const FineTuning& run) {
  const double b = precision_bytes(run.precision);
  const Model& m = run.model;
  const double trained = fine_tuned_parameters(run);
  const double ratio = same(run.method, "QLoRA") ? quantization_ratio(run.quantization) : 1.0;
  return {
      {{"model_weights", m.parameters * b * ratio},
       {"optimizer_states", 8.0 * trained},
       {"gradients", trained * b},
       {"activations", activations(2.0, 2048.0, m.hidden_size, m.layers, b) * fine_tuning_activation_share(run.method)},
       {"other_overhead", kGib}}};
}

Estimate estimate(const Grpo& run) {
  const double b = precision_bytes(run.precision);
  const Model& m = run.model;
  const double trained = 0.01 * m.parameters;
  const double saved = activations(run.batch, run.sequence, m.hidden_size, m.layers, b);
  return {{{"model_weights", m.parameters * b * 0.125},
           {"optimizer_states", trained * 4.0 * (run.eight_bit_optimizer ? 1.0 : 2.0)},
           {"gradients", trained * b},
           {"activations", run.generations * saved * kept(run.gradient_checkpointing)},
           {"other_overhead", 2.0 * kGib}}};
}

bool set_modality(Multimodal& run, std::string_view modality) {
  const bool all = same(modality, "all");
  const bool both = same(modality, "audio-video");
  run.image = all || same(modality, "text-image");
  run.audio = all || both || same(modality, "text-audio");
  run.video = all || both || same(modality, "text-video");
  return run.image || run.audio || run.video;
}

double multimodal_tokens(const Multimodal& run) {
  const double patches = square(run.resolution / run.patch);
  double tokens = run.sequence;
  if (run.image) tokens += run.images * patches;
  if (run.audio) tokens += std::floor(1000.0 * run.audio_seconds / 80.0);
  if (run.video) tokens += run.frames_per_second * run.video_seconds * patches;
  return tokens;
}

Estimate estimate(const Multimodal& run) {
  const double b = precision_bytes(run.precision);
  const Model& m = run.model;
  const double trained = multimodal_trained(run);
  return {{{"model_weights", m.parameters * b},
           {"optimizer_states", 8.0 * trained},
           {"gradients", trained * b},
           {"activations", run.batch * multimodal_tokens(run) * m.hidden_size * m.layers * b},
           {"other_overhead", 1.5 * kGib}}};
}

Estimate estimate(const AdvancedNlp& run) {
  const double b = precision_bytes(run.precision);
  const double h = run.hidden_size, layers = run.layers;
  const double embedding = run.vocab_size * h, attention = 4.0 * layers * h * h,
               ffn = 2.0 * layers * h * run.intermediate_size;
  const double p = std::max(embedding + attention + ffn, run.model_size * 1e9);
  const double longest = run.max_generation_length > 0.0 ? run.max_generation_length : run.sequence;
  const double adapter_width =
      run.lora_attention_targets * 2.0 * h + run.lora_mlp_targets * (h + run.intermediate_size);
  const double decay = run.weight_decay > 0.0 ? 0.1 * (embedding + attention + ffn) * b : 0.0;
  const double repeated = 1.0 + run.gradient_accumulation / run.batch;
  return {{{"embedding", embedding * b},
           {"attention_layers", attention * b},
           {"ffn_layers", ffn * b},
           {"optimizer_states", p * advanced_state_bytes(run.optimizer, b) * repeated},
           {"gradients", p * b * run.gradient_accumulation},
           {"activations", 6.0 * run.batch * run.sequence * h * layers * b},
           {"attention_scores", run.batch * run.heads * square(run.sequence) * layers * b},
           {"kv_cache", kv_cache(run.batch, longest, h, layers, b)},
           {"lora_params", layers * run.lora_rank * adapter_width * b},
           {"position_encoding", longest * h * b},
           {"other_overhead", kGib + decay}}};
}

Estimate estimate(const AdvancedMultimodal& run) {
  const double b = precision_bytes(run.precision);
  const double vision_dim = run.vision_dim, text_dim = 768.0, fusion_dim = std::max(vision_dim, text_dim);
  const double n = square(run.resolution / run.patch);
  const double vision =
      std::max(3.0 * square(run.patch) * vision_dim + 48.0 * square(vision_dim), 0.3 * run.model_size * 1e9);
  const double text = std::max(50000.0 * text_dim + 48.0 * square(text_dim), 0.5 * run.model_size * 1e9);
  const double fusion = 4.0 * vision_dim * fusion_dim + 4.0 * text_dim * fusion_dim + 4.0 * square(fusion_dim);
  const double p = vision + text + fusion;
  return {{{"vision_encoder", vision * b},
           {"text_encoder", text * b},
           {"fusion_layer", fusion * b},
           {"image_features", run.batch * n * vision_dim * b},
           {"text_features", run.batch * run.sequence * text_dim * b},
           {"cross_modal_attention", run.batch * 12.0 * run.sequence * n * b},
           {"data_augmentation", 6.0 * run.batch * square(run.resolution) * b},
           {"modal_alignment", run.batch * fusion_dim * b},
           {"contrastive_learning", square(run.batch) * b},
           {"lora_params", 1e6 * b},
           {"optimizer_states", p * advanced_state_bytes(run.optimizer, b)},
           {"gradients", p * b},
           {"other_overhead", 2.0 * kGib}}};
}

Estimate estimate(const AdvancedMoe& run) {
  const double b = precision_bytes(run.precision);
  const double active = run.active_experts * (run.model_size * 1e9 / run.experts);
  const double tokens = run.batch * run.sequence;
  return {{{"router", 4096.0 * run.experts * b},
           {"active_experts", active * b},
           {"routing_probability", tokens * run.experts * b},
           {"expert_assignment", tokens * run.active_experts * b},
           {"load_balance", run.experts * b},
           {"optimizer_states", active * 8.0},
           {"gradients", active * b},
           {"other_overhead", 2.0 * kGib}}};
}

Estimate estimate(const AdvancedCnn& run) {
  const double b = precision_bytes(run.precision);
  const double p = run.model_size * 1e9;
  return {{{"conv_layers", 0.8 * p * b},
           {"feature_maps", run.batch * b * cnn_feature_elements(run.image_size)},
           {"fc_layers", 0.2 * p * b},
           {"batch_normalization", 4.0 * 256.0 * 20.0 * b},
           {"data_augmentation", 6.0 * run.batch * square(run.image_size) * b},
           {"optimizer_states", 8.0 * p},
           {"gradients", p * b},
           {"other_overhead", kGib}}};
}

double memory_efficiency(double model_size, double total_gib) { return 100.0 * 2.0 * model_size / total_gib; }

double compute_efficiency(double batch, double sequence) { return std::min(100.0, 100.0 * batch * sequence / 8192.0); }

}  // namespace vram::documented
