// The table of model types.
// SPDX-License-Identifier: MIT
#include "config_types.h"

#include <algorithm>
#include <array>

#include "edit_distance.h"

namespace vram {

namespace {

using enum Quirk;
constexpr auto kLayer = NormKind::layer;
constexpr auto kNoBias = NormKind::layer_no_bias;
constexpr auto kGelu = MlpKind::gelu;
constexpr auto kLearned = PositionKind::learned;
constexpr std::string_view kYes = "1";
constexpr std::string_view kFlag = "attention_bias";

constexpr std::array kTypes = {
    // Llama and its relatives
    ConfigType{.name = "llama", .qkv_bias = kFlag, .o_bias = kFlag, .mlp_bias = "mlp_bias"},
    ConfigType{.name = "mistral"},
    ConfigType{.name = "ministral"},
    ConfigType{.name = "mixtral", .quirks = experts_from_ffn},
    ConfigType{.name = "qwen2", .qkv_bias = kYes},
    ConfigType{.name = "qwen2_moe", .qkv_bias = kYes, .quirks = shared_expert_gate},
    ConfigType{.name = "qwen3", .qkv_bias = kFlag, .o_bias = kFlag, .qk_norm = QkNorm::per_head},
    ConfigType{.name = "qwen3_moe", .qkv_bias = kFlag, .o_bias = kFlag, .qk_norm = QkNorm::per_head},
    ConfigType{.name = "qwen3_next", .qkv_bias = kFlag, .o_bias = kFlag, .qk_norm = QkNorm::per_head, .quirks = output_gate | shared_expert_gate},
    ConfigType{.name = "qwen3_5_text", .qkv_bias = kFlag, .o_bias = kFlag, .qk_norm = QkNorm::per_head, .quirks = output_gate | shared_expert_gate},
    ConfigType{.name = "qwen3_5_moe_text", .qkv_bias = kFlag, .o_bias = kFlag, .qk_norm = QkNorm::per_head, .quirks = output_gate | shared_expert_gate},
    ConfigType{.name = "internlm2", .qkv_bias = "bias", .o_bias = "bias", .quirks = fused_qkv},
    ConfigType{.name = "internlm3", .qkv_bias = "qkv_bias", .o_bias = "bias", .mlp_bias = "bias"},
    ConfigType{.name = "baichuan", .quirks = fused_qkv},
    ConfigType{.name = "exaone"},
    ConfigType{.name = "exaone4", .qk_norm = QkNorm::per_head},
    ConfigType{.name = "seed_oss", .qkv_bias = kFlag, .o_bias = "attention_out_bias", .mlp_bias = "mlp_bias"},
    ConfigType{.name = "ernie4_5", .qkv_bias = "use_bias", .o_bias = "use_bias", .mlp_bias = "use_bias"},
    ConfigType{.name = "hunyuan_v1_dense", .qkv_bias = kFlag, .o_bias = kFlag, .qk_norm = QkNorm::per_head},
    ConfigType{.name = "smollm3", .qkv_bias = kFlag, .o_bias = kFlag, .mlp_bias = "mlp_bias"},
    ConfigType{.name = "granite", .qkv_bias = kFlag, .o_bias = kFlag, .mlp_bias = "mlp_bias"},
    ConfigType{.name = "granitemoe", .qkv_bias = kFlag, .o_bias = kFlag, .quirks = experts_from_ffn},
    ConfigType{.name = "granitemoeshared", .qkv_bias = kFlag, .o_bias = kFlag, .quirks = experts_from_ffn},
    ConfigType{.name = "granitemoehybrid", .qkv_bias = kFlag, .o_bias = kFlag, .quirks = experts_from_ffn},
    ConfigType{.name = "minicpm", .qkv_bias = kFlag, .o_bias = kFlag},
    ConfigType{.name = "helium", .qkv_bias = kFlag},
    ConfigType{.name = "arcee", .mlp = kGelu, .qkv_bias = kFlag, .o_bias = kFlag, .mlp_bias = "mlp_bias"},
    // Gemma, Phi, OLMo, Cohere, StableLM
    ConfigType{.name = "gemma", .qkv_bias = kFlag, .o_bias = kFlag},
    ConfigType{.name = "gemma2", .qkv_bias = kFlag, .o_bias = kFlag, .norms_per_layer = 4, .quirks = alternate_sliding},
    ConfigType{.name = "gemma3_text", .qkv_bias = kFlag, .o_bias = kFlag, .qk_norm = QkNorm::per_head, .norms_per_layer = 4},
    ConfigType{.name = "gemma3n_text", .qkv_bias = kFlag, .o_bias = kFlag, .qk_norm = QkNorm::per_head, .norms_per_layer = 4},
    ConfigType{.name = "gemma4_text", .qkv_bias = kFlag, .o_bias = kFlag, .qk_norm = QkNorm::per_head, .norms_per_layer = 4},
    ConfigType{.name = "phi", .norm = kLayer, .mlp = kGelu, .qkv_bias = kYes, .o_bias = kYes, .mlp_bias = kYes, .qk_norm = QkNorm::per_head_layer,
               .qk_norm_flag = "qk_layernorm", .norms_per_layer = 1, .quirks = parallel | lm_head_bias | four_h},
    ConfigType{.name = "phi3", .quirks = fused_qkv | fused_gate_up},
    ConfigType{.name = "phimoe", .norm = kLayer, .qkv_bias = kFlag, .o_bias = kFlag, .quirks = experts_from_ffn},
    ConfigType{.name = "olmo", .norm = NormKind::layer_nonparametric, .qkv_bias = kFlag, .o_bias = kFlag},
    ConfigType{.name = "olmo2", .qkv_bias = kFlag, .o_bias = kFlag, .qk_norm = QkNorm::full},
    ConfigType{.name = "olmo3", .qkv_bias = kFlag, .o_bias = kFlag, .qk_norm = QkNorm::full},
    ConfigType{.name = "olmoe", .qkv_bias = kFlag, .o_bias = kFlag, .qk_norm = QkNorm::full, .quirks = experts_from_ffn},
    ConfigType{.name = "cohere", .norm = kNoBias, .qkv_bias = kFlag, .o_bias = kFlag, .qk_norm = QkNorm::per_head_separate, .qk_norm_flag = "use_qk_norm",
               .norms_per_layer = 1, .quirks = parallel},
    ConfigType{.name = "cohere2", .norm = kNoBias, .qkv_bias = kFlag, .o_bias = kFlag, .norms_per_layer = 1, .quirks = parallel},
    ConfigType{.name = "stablelm", .norm = kLayer, .qkv_bias = "use_qkv_bias", .qk_norm = QkNorm::per_head_separate, .qk_norm_flag = "qk_layernorm"},
    ConfigType{.name = "starcoder2", .norm = kLayer, .mlp = kGelu, .qkv_bias = "use_bias", .o_bias = "use_bias", .mlp_bias = "use_bias"},
    ConfigType{.name = "nemotron", .norm = kLayer, .mlp = kGelu, .qkv_bias = kFlag, .o_bias = kFlag, .mlp_bias = "mlp_bias"},
    // GPT and its relatives
    ConfigType{.name = "gpt2", .norm = kLayer, .mlp = kGelu, .position = kLearned, .qkv_bias = kYes, .o_bias = kYes, .mlp_bias = kYes, .quirks = fused_qkv | four_h},
    ConfigType{.name = "gpt_bigcode", .norm = kLayer, .mlp = kGelu, .position = kLearned, .qkv_bias = kYes, .o_bias = kYes, .mlp_bias = kYes, .quirks = fused_qkv | four_h},
    ConfigType{.name = "gpt_neox", .norm = kLayer, .mlp = kGelu, .qkv_bias = kFlag, .o_bias = kFlag, .mlp_bias = kYes, .quirks = fused_qkv},
    ConfigType{.name = "gptj", .norm = kLayer, .mlp = kGelu, .mlp_bias = kYes, .norms_per_layer = 1, .quirks = parallel | lm_head_bias | four_h},
    ConfigType{.name = "codegen", .norm = kLayer, .mlp = kGelu, .mlp_bias = kYes, .norms_per_layer = 1, .quirks = parallel | lm_head_bias | four_h | fused_qkv},
    ConfigType{.name = "gpt_neo", .norm = kLayer, .mlp = kGelu, .position = kLearned, .o_bias = kYes, .mlp_bias = kYes, .quirks = four_h | alternate_local},
    ConfigType{.name = "opt", .norm = kLayer, .mlp = MlpKind::relu, .position = kLearned, .qkv_bias = "enable_bias", .o_bias = "enable_bias", .mlp_bias = "enable_bias",
               .quirks = position_offset_2},
    ConfigType{.name = "bloom", .norm = kLayer, .mlp = kGelu, .position = PositionKind::alibi, .qkv_bias = kYes, .o_bias = kYes, .mlp_bias = kYes,
               .quirks = fused_qkv | embedding_norm | four_h},
    ConfigType{.name = "falcon", .norm = kLayer, .mlp = kGelu, .qkv_bias = "bias", .o_bias = "bias", .mlp_bias = "bias", .quirks = fused_qkv | four_h},
    ConfigType{.name = "mpt", .norm = kNoBias, .mlp = kGelu, .position = PositionKind::alibi, .quirks = fused_qkv | four_h},
    // GLM
    ConfigType{.name = "chatglm", .qkv_bias = "add_qkv_bias", .quirks = fused_qkv | fused_gate_up},
    ConfigType{.name = "glm", .qkv_bias = kFlag, .quirks = fused_gate_up},
    ConfigType{.name = "glm4", .qkv_bias = kFlag, .norms_per_layer = 4, .quirks = fused_gate_up},
    ConfigType{.name = "glm4_moe", .qkv_bias = kFlag, .qk_norm = QkNorm::per_head, .qk_norm_flag = "use_qk_norm", .quirks = correction_bias},
    // Latent attention and experts
    ConfigType{.name = "deepseek_v2", .qkv_bias = kFlag},
    ConfigType{.name = "deepseek_v3", .qkv_bias = kFlag, .quirks = correction_bias},
    ConfigType{.name = "deepseek_v32", .qkv_bias = kFlag, .quirks = correction_bias},
    ConfigType{.name = "kimi_k2", .qkv_bias = kFlag, .quirks = correction_bias},
    ConfigType{.name = "gpt_oss", .qkv_bias = kFlag, .o_bias = kFlag, .quirks = sinks | expert_bias | experts_from_ffn | alternate_sliding},
    ConfigType{.name = "llama4_text", .qkv_bias = kFlag, .o_bias = kFlag},
    ConfigType{.name = "dbrx", .norm = kNoBias, .quirks = fused_qkv},
    ConfigType{.name = "grok-1", .norms_per_layer = 4, .quirks = experts_from_ffn},
    ConfigType{.name = "minimax", .quirks = experts_from_ffn},
    ConfigType{.name = "minimax_text_01", .quirks = experts_from_ffn},
    ConfigType{.name = "minimax_m2", .qk_norm = QkNorm::full, .quirks = experts_from_ffn | correction_bias},
    ConfigType{.name = "mamba", .position = PositionKind::none, .norms_per_layer = 1},
    ConfigType{.name = "jamba", .position = PositionKind::none, .quirks = experts_from_ffn},
    ConfigType{.name = "nemotron_h", .mlp = kGelu, .position = PositionKind::none, .qkv_bias = kFlag, .o_bias = kFlag, .mlp_bias = "mlp_bias", .norms_per_layer = 1},
    ConfigType{.name = "falcon_h1", .qkv_bias = kFlag, .o_bias = kFlag, .mlp_bias = "mlp_bias"},
    ConfigType{.name = "lfm2", .qk_norm = QkNorm::per_head},
    // Encoders and encoder-decoders
    ConfigType{.name = "bert", .reader = ConfigReader::bert},
    ConfigType{.name = "roberta", .reader = ConfigReader::bert},
    ConfigType{.name = "xlm-roberta", .reader = ConfigReader::bert},
    ConfigType{.name = "distilbert", .reader = ConfigReader::bert},
    ConfigType{.name = "electra", .reader = ConfigReader::bert},
    ConfigType{.name = "modernbert", .norm = kNoBias, .qkv_bias = kFlag, .o_bias = kFlag, .mlp_bias = "mlp_bias", .quirks = fused_qkv | fused_gate_up | embedding_norm},
    ConfigType{.name = "t5", .reader = ConfigReader::t5},
    ConfigType{.name = "mt5", .reader = ConfigReader::t5},
    ConfigType{.name = "switch_transformers", .reader = ConfigReader::t5},
    ConfigType{.name = "bart", .reader = ConfigReader::bart},
    ConfigType{.name = "mbart", .reader = ConfigReader::bart},
    ConfigType{.name = "whisper", .reader = ConfigReader::whisper},
    // Vision, and vision with language
    ConfigType{.name = "vit", .reader = ConfigReader::vit},
    ConfigType{.name = "dinov2", .reader = ConfigReader::vit},
    ConfigType{.name = "siglip_vision_model", .reader = ConfigReader::vit},
    ConfigType{.name = "clip_vision_model", .reader = ConfigReader::vit},
    ConfigType{.name = "swin", .reader = ConfigReader::swin},
    ConfigType{.name = "clip", .reader = ConfigReader::clip},
    ConfigType{.name = "blip", .reader = ConfigReader::vlm},
    ConfigType{.name = "blip-2", .reader = ConfigReader::vlm},
    ConfigType{.name = "llava", .reader = ConfigReader::vlm},
    ConfigType{.name = "llava_next", .reader = ConfigReader::vlm},
    ConfigType{.name = "pixtral", .reader = ConfigReader::vlm},
    ConfigType{.name = "mistral3", .reader = ConfigReader::vlm},
    ConfigType{.name = "qwen2_vl", .reader = ConfigReader::vlm},
    ConfigType{.name = "qwen2_5_vl", .reader = ConfigReader::vlm},
    ConfigType{.name = "qwen3_vl", .reader = ConfigReader::vlm},
    ConfigType{.name = "internvl_chat", .reader = ConfigReader::vlm},
    ConfigType{.name = "internvl", .reader = ConfigReader::vlm},
    ConfigType{.name = "mllama", .reader = ConfigReader::vlm},
    ConfigType{.name = "paligemma", .reader = ConfigReader::vlm},
    ConfigType{.name = "gemma3", .reader = ConfigReader::vlm},
    ConfigType{.name = "gemma3n", .reader = ConfigReader::vlm},
    ConfigType{.name = "gemma4", .reader = ConfigReader::vlm},
    ConfigType{.name = "llama4", .reader = ConfigReader::vlm},
    ConfigType{.name = "idefics", .reader = ConfigReader::vlm},
    ConfigType{.name = "idefics2", .reader = ConfigReader::vlm},
    ConfigType{.name = "idefics3", .reader = ConfigReader::vlm},
    ConfigType{.name = "smolvlm", .reader = ConfigReader::vlm},
};

/// Names that mean the very same thing as a row of the table.
struct SameType {
  std::string_view name, row;
};
constexpr std::array kSame = {
    SameType{"gemma3_causallm", "gemma3_text"},   SameType{"qwen2_vl_text", "qwen2"},         SameType{"qwen2_5_vl_text", "qwen2"},
    SameType{"qwen3_vl_text", "qwen3"},           SameType{"mllama_text_model", "llama"},     SameType{"minimax_m1", "minimax_text_01"},
    SameType{"deepseek", "deepseek_v2"},          SameType{"kimi_vl", "deepseek_v3"},         SameType{"internlm", "llama"},
    SameType{"yi", "llama"},                      SameType{"aquila", "llama"},                SameType{"xlm_roberta", "xlm-roberta"},
    SameType{"blip_2", "blip-2"},                 SameType{"grok_1", "grok-1"},               SameType{"grok", "grok-1"},
    SameType{"umt5", "mt5"},                      SameType{"chatglm2", "chatglm"},            SameType{"refinedweb", "falcon"},
    SameType{"refinedwebmodel", "falcon"},        SameType{"falcon_mamba", "mamba"},
};

}  // namespace

std::span<const ConfigType> config_types() { return kTypes; }

const ConfigType* find_config_type(std::string_view model_type) {
  for (const SameType& same : kSame) {
    if (same.name == model_type) return find_config_type(same.row);
  }
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&](const ConfigType& type) { return type.name == model_type; });
  return found == kTypes.end() ? nullptr : &*found;
}

const ConfigType& nearest_config_type(std::string_view model_type) {
  return *std::min_element(kTypes.begin(), kTypes.end(),
                           [&](const ConfigType& a, const ConfigType& b) { return edit_distance(model_type, a.name) < edit_distance(model_type, b.name); });
}

}  // namespace vram
