// Inference engines as data: what each release keeps on a device beside weights and caches, and how it sizes its pool.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vram {

enum class Engine : unsigned char { vllm, sglang, tgi, tensorrt_llm, transformers, pytorch, llama_cpp, ollama, fastchat };

/// A release as its makers number it; llama.cpp counts builds ("b4310" is 4310).
struct EngineVersion {
  bool given = false;  ///< false = the newest profile
  int major = 0, minor = 0, patch = 0;

  bool operator==(const EngineVersion&) const = default;
  /// Whether this release is `other` or a later one.
  [[nodiscard]] constexpr bool at_least(const EngineVersion& other) const {
    if (major != other.major) return major > other.major;
    if (minor != other.minor) return minor > other.minor;
    return patch >= other.patch;
  }
};

/// "0.8.3", "v0.11.0rc2", "b4310"; "" and "newest" mean the newest. Empty when the text is no version.
[[nodiscard]] std::optional<EngineVersion> engine_version_by_name(std::string_view name);
/// As it stands in JSON: "0.8.3", or "" for the newest.
[[nodiscard]] std::string name_of(const EngineVersion& version);

/// What an engine subtracts before the rest becomes its pool of KV blocks.
struct PoolRule {
  bool share_of_free = false;     ///< the share is of what is left, not of the whole card
  bool counts_peak = true;        ///< activations and sampler
  bool counts_non_torch = true;   ///< communicators and other memory outside PyTorch
  bool counts_graphs = false;     ///< CUDA graphs; where not, they come on top of the share
};

/// Scheduler sizes by memory of the card (SGLang): the first row whose card is smaller holds.
struct CapacityTier {
  double below_bytes;
  std::int64_t chunk_tokens;
  std::int64_t graph_sequences, graph_sequences_tp4;
};

/// One engine from one release on. The rows of an engine are in order; the last one is the newest.
struct EngineProfile {
  Engine engine = Engine::vllm;
  EngineVersion since;
  std::string_view released;  ///< month of that release
  std::string_view title;     ///< for people
  std::string_view source;    ///< where the numbers come from

  // The pool. memory_share 0: the engine takes what it needs and no more.
  double memory_share = 0;
  PoolRule pool;
  std::span<const CapacityTier> tiers;  ///< not empty: the share follows from them

  // Scheduler defaults, and those of large cards that are no A100.
  std::int64_t sequences = 1, sequences_large = 1;
  std::int64_t batched_tokens = 0, batched_tokens_large = 0;  ///< 0 = the whole prompt
  bool batched_tokens_follow_length = false;  ///< unchunked prefill: at least the context length, up to 32 k

  // Memory beside weights and caches.
  double sampler_bytes = 6;            ///< per sequence and vocabulary entry
  double prefill_logit_bytes = 0;      ///< per prompt token and vocabulary entry, where every position's logits are made
  double context_bytes = 0;            ///< driver and libraries, outside every share
  double non_torch_one = 0;            ///< on a single device
  double non_torch_many = 0;           ///< with communicators over PCIe
  double non_torch_per_peer = 0;       ///< more with every other device of a linked group (NVLink and its kin)
  double graph_bytes = 0;              ///< CUDA graphs
  double cache_growth_layers = 0;      ///< layers' caches alive twice while they grow
  double fragmentation = 0;            ///< share of what a step allocates
  bool tied_head_copied = false;       ///< a tied head becomes a matrix of its own

  bool profiles_encoder = false;       ///< the profiling run encodes the largest images that the batch holds
  bool encoder_cache = false;          ///< and keeps their outputs while the language model runs
  bool expands_encoder_outputs = false;  ///< each as long as the whole budget of encoder tokens
  bool reduces_apart = false;          ///< the sum over tensor-parallel ranks is a tensor beside the rank's own part
  std::int64_t multimodal_batched_tokens = 0;  ///< at least so many batched tokens for models with a tower

  bool rotary_tables = false;          ///< sines and cosines of every position, made at the start
  double section_tables = 1;           ///< of M-RoPE: so many times as many positions
  bool merges_matrices = false;        ///< queries, keys and values are one tensor, gate and up another, from PyTorch's allocator

  // The cache.
  std::int64_t block_tokens = 1;       ///< tokens are given out in blocks of so many
  std::int64_t window_pad_tokens = 1;
  bool windows_keep_all = false;       ///< layers with a window keep every token, like the others
  bool window_reserves_chunk = false;  ///< a request books window - 1 + one chunk
  bool groups_layers = false;          ///< layers of different caches share blocks in equal groups
  double group_slack = 1.25;           ///< the largest kind sets the size of a group when it is less than so many times the smallest
  double state_blocks = 1;             ///< blocks that a request takes for its states in each group of recurrent layers
  bool prints_blocks = false;          ///< the printed tokens are blocks by group times their tokens, not requests times the length
  bool pool_follows_checkpoint = false; ///< the checkpoint's own cache format is used where none is asked for
  bool cache_is_static = true;         ///< there from the start (false: grows token by token)

  // Kernels of mixtures in MXFP4, by generation of card (compute capability): widths are rounded up.
  bool pads_mxfp4 = false;

  // Latent attention (MLA) in 16 bit beside the checkpoint's matrices.
  bool latent_copies = false;          ///< the two halves of the up-projection of keys and values
  bool latent_absorbed = false;        ///< those halves multiplied into the query and output projections

  // llama.cpp
  bool graph_allocator = false;        ///< one compute buffer sized for the worst micro-batch
  bool embeddings_on_host = false;
  bool splits_layers = false;          ///< several devices hold whole layers
  bool gguf_weights = false;           ///< norms and biases in fp32
  bool towers_apart = false;           ///< vision towers are files of their own, loaded only for images
};

/// All rows, engines in order of Engine.
[[nodiscard]] std::span<const EngineProfile> engine_profiles();
/// The row of that release: the newest one that is not newer. A release before the first row gets the first row.
[[nodiscard]] const EngineProfile& profile_of(Engine engine, const EngineVersion& version);
[[nodiscard]] const EngineProfile& newest_profile_of(Engine engine);

/// What the scheduler takes where the user gives nothing. `capacity_bytes` 0 = no card chosen.
struct EngineDefaults {
  double memory_share = 0;
  std::int64_t sequences = 1;
  std::int64_t batched_tokens = 0;
};
[[nodiscard]] EngineDefaults defaults_of(const EngineProfile& profile, double capacity_bytes, bool is_a100, std::int64_t context_length,
                                         std::int64_t tensor_parallel_size, std::int64_t pipeline_parallel_size);

/// What differs between two rows, as short sentences: "CUDA graphs are counted inside the share".
[[nodiscard]] std::vector<std::string> differences(const EngineProfile& from, const EngineProfile& to);

}  // namespace vram
