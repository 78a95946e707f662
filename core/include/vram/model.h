// ModelConfig: the plain dimensions of a model, however it was given (catalog row, config.json, file header, size).
// Names follow Hugging Face config.json where one exists. Zero or empty means "this part does not exist".
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vram/computation.h"
#include "vram/dtype.h"

namespace vram {

/// The shape of the whole model; each has one inventory builder.
enum class Architecture : unsigned char { decoder, bert, t5, bart, whisper, vit, swin, clip, vlm, cnn, unknown };

enum class NormKind : unsigned char { rms, layer, layer_no_bias, layer_nonparametric };
enum class MlpKind : unsigned char { gated, gelu, relu };
enum class PositionKind : unsigned char { rope, learned, alibi, relative, none };
enum class QkNorm : unsigned char { none, per_head, per_head_layer, per_head_separate, full };

/// The token mixer of one layer.
enum class MixerKind : unsigned char {
  full, sliding, chunked, local, cross, self_and_cross, gated_deltanet, kda, lightning, mamba1, mamba2, short_conv,
  attention_and_mamba2,  ///< both read the same input and are added (Falcon-H1)
  none
};

/// The feed-forward part of one layer.
enum class FfnKind : unsigned char { dense, dense_first, dense_extra, cross, moe, none };

/// Shape of softmax attention. `value_head_dim` differs from `head_dim` in a few models.
struct AttentionDims {
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t value_head_dim = 0;
};

/// Multi-head latent attention (DeepSeek-V2 and later). Active when kv_lora_rank > 0.
struct LatentAttention {
  std::int64_t q_lora_rank = 0;
  std::int64_t kv_lora_rank = 0;
  std::int64_t qk_rope_head_dim = 0;
  std::int64_t qk_nope_head_dim = 0;
  std::int64_t v_head_dim = 0;
  bool output_gate = false;
  std::int64_t indexer_heads = 0;  ///< sparse-attention indexer (DeepSeek-V3.2); 0 = none
  std::int64_t indexer_head_dim = 0;
  // DeepSeek-V4: one key-value head that serves as both, low-rank grouped output, keys kept once per several tokens.
  std::int64_t o_groups = 0, o_lora_rank = 0;
  std::int64_t cache_window = 0;  ///< tokens kept in full beside them
};

inline constexpr std::int64_t kIndexedCompression = 4;  ///< DeepSeek-V4: layers that pool so many tokens have an indexer

/// Mixture of experts. Active when num_experts > 0.
struct MoeConfig {
  std::int64_t num_experts = 0;
  std::int64_t num_experts_per_tok = 0;
  std::int64_t moe_intermediate_size = 0;
  std::int64_t shared_intermediate_size = 0;  ///< summed width of all shared experts
  std::int64_t latent_size = 0;               ///< experts work in this width instead of hidden_size (Nemotron)
  bool latent_norm = false;
  MlpKind expert_mlp = MlpKind::gated;
  bool expert_bias = false;
  bool router_bias = false;
  bool router_correction_bias = false;
  bool shared_expert_gate = false;
  bool dense_residual_mlp = false;       ///< a dense MLP beside the experts in every MoE layer (Arctic, Gemma-4)
  std::int64_t extra_per_layer = 0;      ///< parameters per MoE layer that no listed part explains
};

/// Linear-attention and state-space mixers.
struct LinearAttention {
  std::int64_t num_key_heads = 0;
  std::int64_t num_value_heads = 0;
  std::int64_t key_head_dim = 0;
  std::int64_t value_head_dim = 0;
  std::int64_t conv_kernel = 0;
  std::int64_t num_heads = 0;  ///< KDA
  std::int64_t head_dim = 0;   ///< KDA
  bool full_rank_gate = false;
  bool state_fp32 = false;     ///< the checkpoint asks for a state in fp32 (Qwen3.5 and later)
};
struct MambaConfig {
  std::int64_t d_state = 0;
  std::int64_t d_conv = 0;
  std::int64_t expand = 0;    ///< Mamba-1
  std::int64_t dt_rank = 0;   ///< Mamba-1
  std::int64_t num_heads = 0;  ///< Mamba-2
  std::int64_t head_dim = 0;   ///< Mamba-2
  std::int64_t n_groups = 0;   ///< Mamba-2
  bool conv_bias = true;
  bool in_bias = false, out_bias = false;  ///< Mamba-2: of the projections
  bool gated_norm = true;    ///< Mamba-2: a norm before the last projection
  bool inner_norms = false;  ///< Jamba: norms on dt, B and C
};

/// Gemma-3n: several residual streams, of which a layer computes one and predicts and corrects the others (AltUp), and a
/// low-rank path beside attention (Laurel). Active when streams > 0.
struct AlternatingUpdates {
  std::int64_t streams = 0;
  std::int64_t laurel_rank = 0;
};

/// One layer of the main stack.
struct LayerSpec {
  MixerKind mixer = MixerKind::full;
  FfnKind ffn = FfnKind::dense;
  bool shares_kv = false;     ///< has no key and value projections: reuses those of an earlier layer
  bool shares_cache = false;  ///< has the projections but reuses the cache of an earlier layer (Gemma-4 E-series)
  std::int64_t compression = 0;  ///< DeepSeek-V4: tokens for each key that is kept beside the window; 0 = the window alone
  bool operator==(const LayerSpec&) const = default;
};

/// A named lump of parameters that is a fact of the checkpoint but belongs to no block we describe.
struct ExtraParameters {
  std::string name;
  std::int64_t count = 0;
};

/// A vision (or audio) transformer tower.
struct VisionTower {
  std::int64_t hidden_size = 0;
  std::int64_t num_layers = 0;
  std::int64_t num_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t patch_size = 0;
  std::int64_t temporal_patch_size = 1;
  std::int64_t channels = 3;
  std::int64_t image_size = 0;  ///< trained resolution; 0 = any
  std::int64_t num_positions = -1;  ///< -1 = from the image size
  std::int64_t register_tokens = 0;
  std::int64_t global_layers = 0;
  std::int64_t post_norms = 0;
  std::int64_t head_classes = 0;
  std::int64_t norms_per_layer = 2;
  std::int64_t merge = 1;  ///< patches merged into one language token, per side (Qwen-VL: 2)
  std::int64_t tiles = 1;  ///< crops that the processor makes of one large image at most, its thumbnail included
  bool class_token = false;
  bool class_position = true;
  bool mask_token = false;
  bool patch_bias = true;
  bool pre_norm = false;
  bool layer_scale = false;
  bool mlp_bias = true;
  bool learned_positions = true;
  NormKind norm = NormKind::layer;
  QkNorm qk_norm = QkNorm::none;
  MlpKind mlp = MlpKind::gelu;
  std::int64_t q_bias = 1, k_bias = 1, v_bias = 1, o_bias = 1;  ///< 0 or 1 each
  Computation computation{.softmax_fp32 = false};
  std::vector<ExtraParameters> extra_params;
};

enum class ProjectorKind : unsigned char { none, mlp, qformer, perceiver, lump };

/// What joins a tower to the language model.
struct Projector {
  ProjectorKind kind = ProjectorKind::none;
  std::vector<std::int64_t> dims;  ///< mlp: widths from input to output
  bool bias = true;
  NormKind norm = NormKind::layer;
  std::int64_t norm_dim = 0;
  // Q-Former; a perceiver has the first four, `num_query_tokens` latents and what follows
  std::int64_t hidden_size = 0, num_layers = 0, num_heads = 0, intermediate_size = 0, encoder_hidden_size = 0;
  std::int64_t cross_attention_frequency = 0, num_query_tokens = 0, out_features = 0, ffn_per_layer = 1;
  std::int64_t num_kv_heads = 0, head_dim = 0;
  MlpKind mlp = MlpKind::relu;
  bool qk_norm = false;
  std::vector<ExtraParameters> extra_params;
};

/// Text tower of a dual encoder (CLIP).
struct TextTower {
  std::int64_t hidden_size = 0, num_layers = 0, num_heads = 0, intermediate_size = 0, vocab_size = 0, max_position_embeddings = 0;
};

/// Swin stage tables.
struct SwinConfig {
  std::int64_t hidden_size = 0, window_size = 0, patch_size = 4, version = 1, num_classes = 0;
  std::vector<std::int64_t> depths, heads;
};

struct ModelConfig {
  Architecture architecture = Architecture::unknown;
  std::string id;          ///< catalog id, or "" for a pasted config
  std::string name;
  std::string model_type;  ///< Hugging Face model_type where known
  Dtype default_dtype = Dtype::bf16;

  // Main stack (decoder, or encoder of BERT).
  std::int64_t hidden_size = 0;
  std::int64_t embedding_size = 0;  ///< 0 = hidden_size (OPT-350m and ELECTRA project)
  std::int64_t intermediate_size = 0;
  std::int64_t dense_intermediate_size = 0;  ///< dense layers of an MoE model, when different
  std::int64_t extra_intermediate_size = 0;  ///< FfnKind::dense_extra
  std::int64_t vocab_size = 0;
  std::int64_t lm_head_vocab = 0;  ///< 0 = vocab_size
  std::int64_t max_position_embeddings = 0;
  std::int64_t position_offset = 0;
  std::int64_t type_vocab_size = 0;
  bool tie_word_embeddings = true;
  bool lm_head_bias = false;
  bool has_lm_head = true;
  bool prediction_head = false;  ///< dense layer and norm before the head (ModernBERT)
  bool pooler_drops_input = false;  ///< dropout between the first token and the pooler
  bool pooler = false;
  std::int64_t token_classes = 0;  ///< scores of every token
  bool token_transform = false;    ///< a dense layer ahead of them (ELECTRA's discriminator)
  bool embedding_norm = false;
  bool final_norm = true;
  bool final_norm_on_embedding = false;
  bool parallel_residual = false;
  NormKind norm = NormKind::rms;
  std::int64_t norms_per_layer = 2;
  bool one_block_layers = false;  ///< a layer is a mixer or a feed-forward block, never both (Nemotron-H)
  bool layer_scale = false;       ///< a learned gain of hidden_size after each block (CaiT, InternViT, DINOv2)
  MlpKind mlp = MlpKind::gated;
  bool mlp_bias = false;
  PositionKind position = PositionKind::rope;
  double rope_scaling = 1;        ///< tables of sines against whole heads at every position: linear and dynamic scaling, rotated share
  bool rope_sections = false;     ///< positions in time, height and width (M-RoPE)
  bool rope_local = false;        ///< windowed layers have a base of their own (Gemma 3)

  AttentionDims attention;
  AttentionDims sliding_attention;  ///< zero fields fall back to `attention`
  std::int64_t sliding_window = 0;
  std::int64_t attention_chunk_size = 0;
  std::int64_t q_bias = 0, k_bias = 0, v_bias = 0, o_bias = 0;
  bool attn_output_gate = false;
  bool attn_head_gate = false;
  bool full_attention_k_eq_v = false;
  bool sinks_all = false, sinks_sliding = false;
  QkNorm qk_norm = QkNorm::none;
  bool value_norm = false;  ///< values are normalised per head, without a gain (Gemma-3n and 4)
  std::int64_t attn_extra_norm_dims = 0;
  bool fused_qkv = false;  ///< one matrix holds q, k and v (GPT-2, NeoX, Falcon, Phi-3)
  bool fused_gate_up = false;
  double attention_dropout = 0.0;  ///< 0 = the default of the family's code
  double hidden_dropout = 0.0;
  Computation computation;

  LatentAttention latent;
  MoeConfig moe;
  LinearAttention linear;
  MambaConfig mamba;
  std::int64_t short_conv_kernel = 0;
  bool layer_scalar = false;
  std::int64_t per_layer_embedding_size = 0, per_layer_embedding_vocab = 0;  ///< Gemma-3n/4 E-series
  AlternatingUpdates altup;
  std::int64_t cross_attention_layers = 0;            ///< gated cross-attention layers (Llama-3.2-Vision, Flamingo)
  std::int64_t cross_gate_elements = 2;               ///< of one such layer: attention and MLP have a gate each
  bool cross_qk_norm = true;                          ///< they normalise queries and keys per head
  bool cross_keys_cached = true;                      ///< false: made anew from the image for every token (IDEFICS)
  std::int64_t cross_attention_intermediate_size = 0;
  std::int64_t cross_source_width = 0;  ///< width of what cross-attention reads; 0 = hidden_size

  std::vector<LayerSpec> layers;  ///< one row per layer of the main stack, in order

  // Encoder-decoders: `encoder_layers` beside `layers` (the decoder).
  std::int64_t encoder_layers = 0;
  std::int64_t decoder_layers = 0;
  std::int64_t encoder_moe_layers = 0;
  std::int64_t decoder_moe_layers = 0;
  std::int64_t relative_attention_num_buckets = 0;
  std::int64_t num_mel_bins = 0;
  std::int64_t max_source_positions = 0;

  VisionTower vision;
  Projector projector;
  TextTower text;
  std::int64_t projection_dim = 0;
  SwinConfig swin;
  Architecture language_model = Architecture::decoder;  ///< of a vlm: decoder or t5
  std::int64_t image_tokens = 0;  ///< language tokens per image where the model fixes it

  std::string cnn_id;      ///< key of the convolution tables (cnn.h)
  double cnn_width = 1.0;  ///< factor on all channels
  std::int64_t num_classes = 0;
  std::int64_t image_size = 0;

  std::vector<ExtraParameters> extra_params;
  std::int64_t stored_bytes = 0;  ///< of the weight file this was read from, exact; 0 = not from a file
  std::int64_t stored_table_bytes = 0;  ///< of them, the table of token embeddings
  std::int64_t published_parameters = 0;  ///< 0 = not published; only used where no formula exists

  [[nodiscard]] std::int64_t num_layers() const { return static_cast<std::int64_t>(layers.size()); }
};

}  // namespace vram
