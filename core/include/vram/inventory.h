// The inventory: a model described once, as a short list of distinct blocks with repeat counts.
// Every total of this project (parameters, weights, gradients, activations, KV cache, FLOPs) is a fold over it.
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vram/model.h"

namespace vram {

/// What a weight is for. Decides adapter targets, what a quantiser keeps at 16 bit and what freezing freezes.
enum class Role : unsigned char {
  embedding, lm_head, norm, q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, router,
  expert_gate_proj, expert_up_proj, expert_down_proj, mixer, conv, projector, vision, other, count
};
inline constexpr std::size_t kRoleCount = static_cast<std::size_t>(Role::count);
[[nodiscard]] std::string_view name_of(Role role);

/// A set of switches of one run: which roles train, which carry adapters, how the framework computes.
/// A saved tensor names the switches it needs, so a framework profile is data and never an `if` in a formula.
using Features = std::uint64_t;

[[nodiscard]] constexpr Features trains(Role role) { return Features{1} << static_cast<unsigned>(role); }
[[nodiscard]] constexpr Features adapts(Role role) { return Features{1} << (20U + static_cast<unsigned>(role)); }

namespace feature {
inline constexpr Features kEagerNorm = Features{1} << 40;          ///< norm written in elementwise PyTorch, upcast to fp32
inline constexpr Features kSeparateGlu = Features{1} << 41;        ///< gate, act(gate), up and product are four tensors
inline constexpr Features kEagerAttention = Features{1} << 42;     ///< score matrices are materialised
inline constexpr Features kRepeatKv = Features{1} << 43;           ///< KV heads are expanded to the query heads before attention
inline constexpr Features kAutocast = Features{1} << 44;           ///< fp32 weights, every matmul casts its own copy of the input
inline constexpr Features kAdapterCopy = Features{1} << 45;        ///< adapters in another dtype: each casts its own input
inline constexpr Features kAttentionDropout = Features{1} << 46;
inline constexpr Features kHiddenDropout = Features{1} << 47;
inline constexpr Features kLoraDropout = Features{1} << 48;
inline constexpr Features kDora = Features{1} << 49;
inline constexpr Features kRecomputeNorm = Features{1} << 50;       ///< norm outputs are recomputed in backward
inline constexpr Features kRecomputeActivation = Features{1} << 51; ///< pointwise MLP products are recomputed
inline constexpr Features kRecomputeAttention = Features{1} << 52;  ///< attention core is recomputed
inline constexpr Features kRecomputeMlp = Features{1} << 53;        ///< the whole MLP is recomputed
inline constexpr Features kEagerFp32Scores = Features{1} << 54;     ///< eager softmax runs in fp32 and keeps that copy
inline constexpr Features kLowPrecision = Features{1} << 55;        ///< residual stream narrower than fp32
inline constexpr Features kEagerGelu = Features{1} << 56;           ///< activations that the family writes elementwise (GPT-2's gelu_new) run so
inline constexpr Features kInputGradient = Features{1} << 57;       ///< the block's input needs a gradient: something ahead of it trains
inline constexpr Features kKeepsForward = Features{1} << 59;        ///< what backward reads stays from the forward pass, not recomputed
inline constexpr Features kFusedQkv = Features{1} << 60;            ///< one matrix makes q, k and v, whatever the family's own code does
inline constexpr Features kSequenceFirst = Features{1} << 61;       ///< torch.nn.MultiheadAttention: wide attention output is copied for its projection
inline constexpr Features kWindowMask = Features{1} << 62;          ///< SDPA gets a mask for windowed layers: the sequence is longer than the window
inline constexpr Features kGroupedQkv = Features{1} << 19;          ///< one matrix makes q, k, v head group by head group: values stay a view of its result, adapters are scattered into it
inline constexpr Features kPackedInputs = Features{1} << 39;        ///< matrix products with packed weights keep their input for backward
inline constexpr Features kHeadExchange = Features{1} << 63;        ///< heads and sequence parts are exchanged around attention, whose result exists before and after
inline constexpr Features kSlowScan = adapts(Role::norm);           ///< Mamba's scan runs step by step in PyTorch (norms carry no adapters: their bit is free)
inline constexpr Features kEagerExperts = Features{1} << 58;        ///< experts run in the residual's width, out of autocast's reach
}  // namespace feature

/// Which width of element a tensor has; the run maps each to bytes.
/// packed: inputs that products with packed weights keep; packed_again: those of further products with the same input.
enum class Width : unsigned char { compute, residual, fp32, adapter, expert, byte, int64, packed, packed_again, count };
inline constexpr std::size_t kWidthCount = static_cast<std::size_t>(Width::count);

/// How parallel degrees split a tensor or weight.
enum class Shard : unsigned char {
  replicated,  ///< every tensor-parallel rank holds all of it
  tensor,      ///< divided by the tensor-parallel size
  kv,          ///< divided by min(tensor-parallel size, KV heads): heads are copied beyond that
  sequence,    ///< activations only: divided by the tensor-parallel size when sequence parallelism is on
  expert,      ///< divided by the expert-parallel size
  count
};
inline constexpr std::size_t kShardCount = static_cast<std::size_t>(Shard::count);

/// What a "token" means for a stack: language tokens, encoder tokens, image patches, merged image tokens, samples.
enum class Basis : unsigned char { tokens, encoder_tokens, patches, image_tokens, samples, count };
inline constexpr std::size_t kBasisCount = static_cast<std::size_t>(Basis::count);

/// One distinct weight of a block: `copies` matrices of out × in with `bias` further elements each.
struct Weight {
  std::string_view name;
  Role role = Role::other;
  Shard shard = Shard::replicated;
  std::int64_t out = 0;
  std::int64_t in = 1;
  std::int64_t bias = 0;
  std::int64_t copies = 1;
  std::int64_t active_copies = 1;  ///< used per token (experts per token of a routed expert)
  double uses = 1.0;               ///< multiplications per unit of the basis (a convolution: its output positions)
  bool quantizable = false;        ///< weight-only quantisers pack it; false: kept at 16 bit
  bool lookup = false;             ///< read by index: no matmul FLOPs
  bool per_sample = false;         ///< multiplied once per sample, not per token
  bool continues = false;          ///< more rows of the matrix before it (fused q, k, v): one adapter for all

  [[nodiscard]] std::int64_t elements() const { return copies * (out * in + bias); }
  [[nodiscard]] std::int64_t active_elements() const { return active_copies * (out * in + bias); }
};

/// A tensor that autograd keeps between forward and backward (one entry per unique storage), or that lives for a moment.
/// Elements per occurrence of the block: per_token × tokens + per_pair × batch × sequence² + per_sample × batch, and more
/// seldom per_square × sequence² (the same for the whole batch) and per_cross × batch × length × length of the source.
struct Tensor {
  std::string_view name;
  double per_token = 0.0;
  double per_pair = 0.0;
  double per_sample = 0.0;
  double per_square = 0.0;
  double per_cross = 0.0;
  Width width = Width::compute;
  Shard shard = Shard::replicated;
  Features all = 0;   ///< kept only when all of these are on
  Features any = 0;   ///< and, if not 0, at least one of these
  Features none = 0;  ///< and none of these
  bool attention_result = false;  ///< what the attention kernel returns
};

/// State kept per sequence while generating.
enum class CacheKind : unsigned char { none, growing, windowed, constant, encoder };
struct Cache {
  CacheKind kind = CacheKind::none;
  double elements_per_token = 0.0;  ///< growing, windowed, encoder: per token and occurrence
  double value_elements = 0.0;      ///< of them, values that are apart from the keys
  std::int64_t window = 0;          ///< windowed: tokens kept
  std::int64_t compression = 0;     ///< tokens that each kept key stands for, beside a window
  double constant_elements = 0.0;   ///< per sequence (state-space and linear attention)
  double convolved_elements = 0.0;  ///< of them, inputs of the short convolution
  double convolution_width = 0.0;   ///< and of one further token, where an engine drafts
  bool state_fp32 = false;          ///< the rest is fp32 whatever the model's width
  std::int64_t kv_heads = 1;        ///< heads that tensor parallelism can split
};

enum class BlockKind : unsigned char {
  embedding, attention, latent_attention, linear_attention, state_space, short_conv, mlp, moe, norm, lm_head,
  patch_embedding, projector, convolution, classifier, extra
};
[[nodiscard]] std::string_view name_of(BlockKind kind);

/// A range of rows in one of the inventory's flat arrays.
struct Range {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

struct Block {
  BlockKind kind = BlockKind::extra;
  std::string label;         ///< for people: "attention (sliding)"
  std::int64_t repeat = 1;   ///< occurrences in the whole model
  Range weights, saved, forward, backward;  ///< forward/backward: transients live at once inside the block
  Cache cache;
  double pair_flops = 0.0;  ///< FLOPs per (query, key) pair and occurrence
  double token_flops = 0.0; ///< and per token, beside matrices and pairs: a recurrent state next to attention
  std::int64_t window = 0;  ///< keys seen by one query; 0 = all
  std::int64_t kv_heads = 1;
  double input_per_token = 0.0;  ///< elements that a layer reads which begins here; 0 = the stack's hidden size
  Width input_width = Width::residual;
};

/// One layer of a stack: two block indices, -1 where a part does not exist.
struct Layer {
  std::int32_t mixer = -1;
  std::int32_t ffn = -1;
  bool operator==(const Layer&) const = default;
};

enum class StackKind : unsigned char { decoder, encoder, vision, text_tower, projector, cnn };
[[nodiscard]] std::string_view name_of(StackKind kind);

/// Blocks that run one after the other on the same basis.
struct Stack {
  StackKind kind = StackKind::decoder;
  Basis basis = Basis::tokens;
  bool parallel = false;             ///< mixer and feed-forward block of a layer read the same input
  std::int64_t hidden_size = 0;      ///< width of the residual stream = what full checkpointing keeps per layer
  std::vector<std::int32_t> before;  ///< block indices ahead of the layers (embedding, patches)
  std::vector<Layer> layers;
  std::vector<std::int32_t> after;  ///< final norm, head, classifier
  std::vector<Layer> distinct;      ///< distinct rows of `layers`
  std::vector<std::int64_t> distinct_count;  ///< occurrences of each distinct row
};

/// What one image holds at a moment of the backward pass of a network whose feature maps shrink along the way.
struct LivePoint {
  double elements = 0;       ///< feature maps and their gradients
  double wide_elements = 0;  ///< those that autocast keeps in fp32
  double bytes = 0;          ///< masks and indices
  double gradients = 0;      ///< weight gradients so far, whatever the number of images
  double copies = 0;         ///< autocast's copies of weights and of their gradients, whatever the number of images
};

/// A network recomputed block by block: what stays of one image, and the saved tensors of the largest block. Blocks are the
/// residual ones, stem and head are not recomputed (what timm does); a network without such blocks is cut where a single
/// feature map crosses.
struct Segments {
  double kept = 0, wide_kept = 0;  ///< elements; wide: those that autocast keeps in fp32
  double kept_bytes = 0;           ///< masks and indices outside the blocks
  double image_copy = 0;           ///< elements that autocast casts for the first convolution
  /// What the block at the peak recomputes, less what was kept behind it and is gone by then.
  double elements = 0, wide_elements = 0, bytes = 0;
};

struct Inventory {
  std::vector<Weight> weights;
  std::vector<Tensor> tensors;
  std::vector<Block> blocks;
  std::vector<Stack> stacks;
  std::int64_t vocab_size = 0;      ///< width of the logits; 0 = no language head
  std::int64_t hidden_size = 0;     ///< of the main stack
  std::int64_t num_layers = 0;      ///< of the main stack
  std::int64_t tied_elements = 0;   ///< elements of the head that reuse the input embedding (not counted again)
  double stored_bytes_per_parameter = 0.0;  ///< mean of the weight file the model was read from, its token table apart; 0 = not from a file
  double stored_table_bytes_per_parameter = 0.0;  ///< of the token table of that file
  std::int64_t buffer_elements = 0; ///< running statistics: memory of the model, but no parameters (fp32)
  std::vector<LivePoint> backward_points;  ///< of a convolutional network: the moments that can be the peak
  Segments segments;                ///< of a convolutional network, when it is recomputed
  double image_elements = 0;        ///< of one image of the default size, as the model takes it
  bool patches_only = false;        ///< no language decoder: every sample is an image
  bool generates = false;           ///< writes tokens one after the other; else one pass over a sample is all there is
  std::int64_t patch_size = 0;      ///< pixels per side of one patch; 0 = no tower, or one whose tokens do not grow with the image
  std::int64_t image_size = 0;      ///< pixels per side that the tower was made for; 0 = any
  std::int64_t patch_extra = 0;     ///< tokens per image that are no patch
  std::int64_t patch_merge = 0;     ///< patches per side that become one language token; 0 = the model fixes their number
  std::int64_t fixed_patches = 0;   ///< tower tokens per image (of 448 pixels per side where the model takes any size)
  std::int64_t image_tokens = 0;    ///< language tokens per image
  std::int64_t frames_per_image = 1; ///< video frames that share the patches of one image (temporal patch size)
  std::int64_t largest_patches = 0;       ///< tower tokens of the largest image that the model's processor makes
  std::int64_t largest_image_tokens = 0;  ///< its language tokens
  std::int64_t patch_elements = 0;        ///< values that one patch is made of
  bool reads_video = false;         ///< a video is an image of several such frames (the Qwen2-VL line)
  std::int64_t largest_video_images = 1;  ///< images of the largest size that the largest video is worth
  std::int64_t max_kv_heads = 1;
  std::int64_t max_heads = 1;
  std::int64_t num_experts = 0;
  std::int64_t experts_per_token = 0;
  std::int64_t max_length = 0;
  double rotary_elements = 0;       ///< of the tables of sines and cosines that engines make for every position
  bool rotary_sections = false;     ///< of positions in time, height and width (M-RoPE)
  bool has_encoder = false;         ///< encoder-decoder: the scenario's sequence is the source, its target the tokens
  std::int64_t encoder_length = 0;  ///< encoder tokens per sample where the model fixes them (Whisper)
  std::int64_t smallest_window = 0; ///< tokens a windowed layer sees; 0 = none is windowed
  bool compresses_keys = false;     ///< layers keep keys that stand for several tokens (DeepSeek-V4)
  bool softcap_logits = false;      ///< the loss keeps the tanh of every logit
  bool biased_logits = false;       ///< an fp32 buffer added to the logits widens them under autocast
  bool loss_fp32 = true;            ///< the model's own code widens the logits for its loss
  Features features = 0;            ///< switches the model turns on itself: its dropouts
  Dtype default_dtype = Dtype::bf16;

  [[nodiscard]] std::span<const Weight> weights_of(const Block& block) const {
    return {weights.data() + block.weights.first, block.weights.count};
  }
  [[nodiscard]] std::span<const Tensor> rows(Range range) const { return {tensors.data() + range.first, range.count}; }
};

/// Exact counts, in parameters. `buffers` (running statistics) are memory but not parameters.
struct ParameterCounts {
  std::int64_t total = 0;      ///< tied matrices once
  std::int64_t active = 0;     ///< used per language token: idle experts, towers and connectors left out
  std::int64_t embedding = 0;  ///< input embedding tables
};

/// Builds the inventory of any architecture this project knows. Never fails: what is missing is left out and the
/// text edge reports it.
[[nodiscard]] Inventory build_inventory(const ModelConfig& model);

[[nodiscard]] ParameterCounts count_parameters(const Inventory& inventory);

/// Whether a weight is the table of token embeddings, which engines place and quantise apart.
[[nodiscard]] constexpr bool is_token_table(const Weight& weight) { return weight.role == Role::embedding && weight.shard == Shard::tensor; }

/// Parameters of one block times its repeat count.
[[nodiscard]] std::int64_t block_parameters(const Inventory& inventory, const Block& block);

}  // namespace vram
