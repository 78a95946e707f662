// The table of engine profiles. A row is a set of facts about a release; sources in the rows.
// SPDX-License-Identifier: MIT
#include "vram/engine_profile.h"

#include <algorithm>
#include <array>

#include "explain.h"

namespace vram {

namespace {

constexpr double kMib = 1048576.0;
constexpr double kGib = 1073741824.0;
constexpr double kGb = 1e9;
constexpr double kLargeCard = 70.0 * kGib;  // vLLM: cards from 70 GiB on that are no A100 get larger batches
constexpr double kContext = 450.0 * kMib;   // formulas 12.1, grade E

/// PyTorch's own top-k/top-p sampler: logits in fp32, their sort with 64-bit indices and its workspace, probabilities,
/// cumulative sums, noise. One constant that meets seven tables of llm-d's H100 measurements within 0.5 % (formulas 11.1).
constexpr double kSortingSampler = 38.36;
/// Without the sort: 16-bit logits, fp32 logits, probabilities.
constexpr double kFusedSampler = 10.0;

constexpr std::string_view kVllmSource = "start logs of vLLM; vllm/engine/arg_utils.py, vllm/v1/worker/gpu_worker.py";

/// server_args.py of SGLang 0.5: largest prefill chunk and captured batch by memory of the card.
constexpr std::array<CapacityTier, 5> kSglangTiers = {{
    {20.0 * kGb, 2048, 8, 8},
    {35.0 * kGb, 2048, 24, 80},
    {60.0 * kGb, 4096, 32, 160},
    {160.0 * kGb, 8192, 256, 512},
    {1e18, 16384, 512, 512},
}};

constexpr EngineProfile vllm(EngineVersion since, std::string_view released, std::string_view title) {
  EngineProfile p;
  p.engine = Engine::vllm;
  p.since = since;
  p.released = released;
  p.title = title;
  p.source = kVllmSource;
  p.memory_share = 0.9;
  p.sequences = p.sequences_large = 256;
  p.batched_tokens = p.batched_tokens_large = 2048;
  p.sampler_bytes = kSortingSampler;
  p.context_bytes = kContext;
  p.non_torch_one = 0.13 * kGib;   // H100 logs 0.13 to 0.14
  p.non_torch_many = 0.42 * kGib;      // 0.34 to 0.43 on PCIe cards, whatever their number
  p.non_torch_per_peer = 0.27 * kGib;  // linked cards: 0.25 to 0.6 with two, 0.4 to 0.95 with four, 1.8 to 2.1 with eight
  p.graph_bytes = 0.47 * kGib;     // median of 53 logs
  p.block_tokens = p.window_pad_tokens = 16;
  p.rotary_tables = p.profiles_encoder = p.merges_matrices = true;
  p.section_tables = 4;            // layers/rotary_embedding/mrope.py, since 0.7.2
  return p;
}

constexpr EngineProfile vllm_v0() {
  EngineProfile p = vllm({true, 0, 0, 0}, "2023-06", "vLLM up to 0.7 (V0)");
  p.batched_tokens_follow_length = true;
  p.non_torch_one = 0.05 * kGib;  // median of its logs on single cards
  p.latent_absorbed = true;            // attention/backends/mla/utils.py: W_Q_UK and W_UV_O
  p.reduces_apart = true;              // eager: distributed/device_communicators/pynccl.py makes an output of its own
  p.multimodal_batched_tokens = 5120;  // _MULTIMODAL_MODEL_MAX_NUM_BATCHED_TOKENS of vllm/config.py
  return p;
}
constexpr EngineProfile vllm_v1() {
  EngineProfile p = vllm({true, 0, 8, 0}, "2025-03", "vLLM 0.8 to 0.10 (V1)");
  p.sequences_large = 1024;
  p.batched_tokens_large = 8192;
  p.window_reserves_chunk = p.groups_layers = p.pool_follows_checkpoint = p.encoder_cache = true;
  p.prints_blocks = true;
  p.latent_copies = true;  // v1/attention/backends/mla/common.py: W_UK_T and W_UV
  return p;
}
/// quantization/mxfp4.py rounds the widths of experts up since this release.
constexpr EngineProfile vllm_v1_mxfp4() {
  EngineProfile p = vllm_v1();
  p.since = {true, 0, 11, 0};
  p.released = "2025-10";
  p.title = "vLLM 0.11 and 0.12 (V1)";
  p.pads_mxfp4 = p.expands_encoder_outputs = true;  // v1/worker/gpu_model_runner.py, profile_run
  return p;
}
constexpr EngineProfile vllm_v1_outputs_as_they_are() {
  EngineProfile p = vllm_v1_mxfp4();
  p.since = {true, 0, 13, 0};
  p.released = "2025-12";
  p.title = "vLLM 0.13 to 0.19 (V1)";
  p.expands_encoder_outputs = false;
  return p;
}
/// States are kept at two more places for prefix caching; the printed tokens are requests of the largest length.
constexpr EngineProfile vllm_v1_states_aligned() {
  EngineProfile p = vllm_v1_outputs_as_they_are();
  p.since = {true, 0, 20, 0};
  p.released = "2026-04";
  p.title = "vLLM 0.20";
  p.prints_blocks = false;
  p.group_slack = 1.5;
  p.state_blocks = 2;
  return p;
}
constexpr EngineProfile vllm_v1_graphs_inside() {
  EngineProfile p = vllm_v1_states_aligned();
  p.since = {true, 0, 21, 0};
  p.released = "2026-05";
  p.title = "vLLM 0.21 and later";
  p.memory_share = 0.92;
  p.pool.counts_graphs = true;      // "CUDA graph memory profiling is enabled (default since v0.21.0)"
  p.sampler_bytes = kFusedSampler;  // vLLM pull request 40376 enables FlashInfer's sampler by default
  return p;
}

constexpr EngineProfile sglang() {
  EngineProfile p = vllm({true, 0, 0, 0}, "2024-01", "SGLang");
  p.engine = Engine::sglang;
  p.source = "sglang/srt/server_args.py (0.5)";
  p.pool = {.share_of_free = false, .counts_peak = false, .counts_non_torch = false, .counts_graphs = false};
  p.tiers = kSglangTiers;
  p.sampler_bytes = kFusedSampler;
  p.block_tokens = p.window_pad_tokens = 1;
  p.section_tables = 1;
  return p;
}

constexpr EngineProfile tgi() {
  EngineProfile p = vllm({true, 0, 0, 0}, "2023-02", "Text Generation Inference");
  p.engine = Engine::tgi;
  p.source = "text-generation-inference: server/text_generation_server/models/flash_causal_lm.py, warm-up";
  p.memory_share = 0.95;
  p.pool.share_of_free = true;
  p.sequences = p.sequences_large = 128;
  p.batched_tokens = p.batched_tokens_large = 4096;
  p.sampler_bytes = kFusedSampler;
  p.section_tables = 1;
  return p;
}

constexpr EngineProfile tensorrt_llm() {
  EngineProfile p = vllm({true, 0, 0, 0}, "2023-10", "TensorRT-LLM");
  p.engine = Engine::tensorrt_llm;
  p.source = "TensorRT-LLM: free_gpu_memory_fraction 0.9; other memory as AIConfigurator measured it";
  p.pool.share_of_free = true;
  p.sequences = p.sequences_large = 256;
  p.batched_tokens = p.batched_tokens_large = 8192;
  p.sampler_bytes = kFusedSampler;
  p.non_torch_one = 551.0 * kMib;
  p.non_torch_many = (551.0 + 392.0) * kMib;
  p.block_tokens = p.window_pad_tokens = 32;
  p.graph_bytes = 0;
  p.section_tables = 1;
  return p;
}

constexpr EngineProfile transformers(EngineVersion since, std::string_view released, std::string_view title) {
  EngineProfile p;
  p.engine = Engine::transformers;
  p.since = since;
  p.released = released;
  p.title = title;
  p.source = "transformers: modeling code and DynamicCache; speed tables of Qwen2, Qwen2.5 and Qwen3";
  p.context_bytes = kContext;
  p.cache_growth_layers = 1;  // torch.cat: the longer copy of one layer exists beside the shorter one
  p.fragmentation = 0.02;
  p.cache_is_static = false;
  p.splits_layers = true;
  return p;
}
constexpr EngineProfile transformers_all_logits() {
  EngineProfile p = transformers({true, 4, 0, 0}, "2020-11", "transformers up to 4.44");
  p.prefill_logit_bytes = 6;  // 16-bit logits of every position and their fp32 copy
  p.tied_head_copied = true;  // Qwen2-1.5B on 4.38.2 holds 0.43 GiB more, the size of its tied head
  return p;
}

constexpr EngineProfile plain_pytorch() {
  EngineProfile p = transformers({true, 0, 0, 0}, "2016-09", "plain PyTorch");
  p.engine = Engine::pytorch;
  p.source = "torch: logits of every position in the dtype of the weights, a cache that grows by concatenation";
  p.prefill_logit_bytes = 2;
  return p;
}
constexpr EngineProfile fastchat() {
  EngineProfile p = transformers({true, 0, 0, 0}, "2023-03", "FastChat");
  p.engine = Engine::fastchat;
  p.source = "fastchat/serve/inference.py: one forward pass over the prompt, logits of every position";
  p.prefill_logit_bytes = 6;
  return p;
}

constexpr EngineProfile llama_cpp() {
  EngineProfile p;
  p.engine = Engine::llama_cpp;
  p.since = {true, 0, 0, 0};
  p.released = "2024-03";
  p.title = "llama.cpp up to build 5430";
  p.source = "load logs of llama.cpp builds 2024 to 2026; ggml graph allocator";
  p.context_bytes = kContext;
  p.batched_tokens = p.batched_tokens_large = 512;
  p.sampler_bytes = 0;  // sampling runs on the host
  p.block_tokens = 32;
  p.window_pad_tokens = 256;
  p.graph_allocator = p.embeddings_on_host = p.splits_layers = p.gguf_weights = p.towers_apart = p.windows_keep_all = true;
  return p;
}
/// llama.cpp pull request 13194 gave layers with a window a cache of their own. Forks from before (ik_llama.cpp) have none.
constexpr EngineProfile llama_cpp_window_caches() {
  EngineProfile p = llama_cpp();
  p.since = {true, 5431, 0, 0};
  p.released = "2025-05";
  p.title = "llama.cpp from build 5431";
  p.windows_keep_all = false;
  return p;
}
constexpr EngineProfile ollama() {
  EngineProfile p = llama_cpp_window_caches();
  p.since = {true, 0, 0, 0};
  p.engine = Engine::ollama;
  p.title = "Ollama";
  p.source = "load logs of Ollama's llama.cpp runner";
  return p;
}

const auto& table() {
  static constexpr auto kRows = std::to_array<EngineProfile>({
      vllm_v0(), vllm_v1(), vllm_v1_mxfp4(), vllm_v1_outputs_as_they_are(), vllm_v1_states_aligned(), vllm_v1_graphs_inside(), sglang(), tgi(), tensorrt_llm(), transformers_all_logits(),
      transformers({true, 4, 45, 0}, "2024-09", "transformers 4.45 and later"), plain_pytorch(), llama_cpp(), llama_cpp_window_caches(), ollama(), fastchat(),
  });
  return kRows;
}

/// Reads digits at `at` and moves past them; -1 where there are none.
int number_at(std::string_view text, std::size_t& at) {
  int value = -1;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9' && value < 10000000) {
    value = (value < 0 ? 0 : value) * 10 + (text[at] - '0');
    ++at;
  }
  return value;
}

}  // namespace

std::optional<EngineVersion> engine_version_by_name(std::string_view name) {
  if (name.empty() || name == "newest" || name == "latest") return EngineVersion{};
  std::size_t at = name.front() == 'v' || name.front() == 'V' || name.front() == 'b' ? 1 : 0;
  EngineVersion version;
  int* const parts[] = {&version.major, &version.minor, &version.patch};
  for (int i = 0; i < 3; ++i) {
    const int value = number_at(name, at);
    if (value < 0) return std::nullopt;
    *parts[i] = value;
    version.given = true;
    if (at == name.size()) return version;
    if (name[at] != '.' || i == 2) break;
    ++at;
  }
  // What may follow: "0.11.0rc2", "0.9.2+cu128", "0.6.4.post1", "0.8.3-dev".
  const char next = name[at];
  const bool suffix = next == '.' || next == '+' || next == '-' || (next >= 'a' && next <= 'z');
  return suffix ? std::optional(version) : std::nullopt;
}

std::string name_of(const EngineVersion& version) {
  if (!version.given) return "";
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch);
}

std::span<const EngineProfile> engine_profiles() { return table(); }

const EngineProfile& newest_profile_of(Engine engine) {
  const EngineProfile* newest = &table().front();
  for (const EngineProfile& row : table()) {
    if (row.engine == engine) newest = &row;
  }
  return *newest;
}

const EngineProfile& profile_of(Engine engine, const EngineVersion& version) {
  const EngineProfile* found = nullptr;
  for (const EngineProfile& row : table()) {
    if (row.engine == engine && (found == nullptr || !version.given || version.at_least(row.since))) found = &row;
  }
  return *found;
}

EngineDefaults defaults_of(const EngineProfile& profile, double capacity_bytes, bool is_a100, std::int64_t context_length,
                           std::int64_t tensor_parallel_size, std::int64_t pipeline_parallel_size) {
  const bool large = capacity_bytes >= kLargeCard && !is_a100;
  EngineDefaults d;
  d.memory_share = profile.memory_share;
  d.sequences = large ? profile.sequences_large : profile.sequences;
  d.batched_tokens = large ? profile.batched_tokens_large : profile.batched_tokens;
  if (profile.batched_tokens_follow_length && context_length <= 32768) d.batched_tokens = std::max(d.batched_tokens, context_length);
  for (const CapacityTier& tier : profile.tiers) {
    if (capacity_bytes >= tier.below_bytes) continue;
    d.batched_tokens = tier.chunk_tokens;
    d.sequences = tensor_parallel_size >= 4 ? tier.graph_sequences_tp4 : tier.graph_sequences;
    const double world = static_cast<double>(tensor_parallel_size * pipeline_parallel_size);
    double reserved = (512.0 + 1.5 * static_cast<double>(tier.chunk_tokens) + 1024.0 * world / 8.0 + 2.0 * static_cast<double>(d.sequences)) * kMib;
    if (capacity_bytes > 60.0 * kGb) reserved = std::max(reserved, 10.0 * kGib);
    d.memory_share = capacity_bytes > reserved ? (capacity_bytes - reserved) / capacity_bytes : 0.88;
    break;
  }
  return d;
}

std::vector<std::string> differences(const EngineProfile& from, const EngineProfile& to) {
  std::vector<std::string> found;
  if (from.memory_share != to.memory_share) {
    found.push_back("the default share of the card is " + brief(to.memory_share) + " instead of " + brief(from.memory_share));
  }
  if (from.pool.counts_graphs != to.pool.counts_graphs) {
    found.push_back(to.pool.counts_graphs ? "CUDA graphs are counted inside the share" : "CUDA graphs come on top of the share");
  }
  if (from.sampler_bytes != to.sampler_bytes) {
    found.push_back("the sampler takes " + brief(to.sampler_bytes) + " B per sequence and vocabulary entry instead of " + brief(from.sampler_bytes));
  }
  if (from.sequences_large != to.sequences_large) {
    found.push_back("cards from 70 GiB on schedule " + std::to_string(to.sequences_large) + " sequences instead of " + std::to_string(from.sequences_large));
  }
  if (from.batched_tokens_follow_length != to.batched_tokens_follow_length) found.push_back("long prompts run in chunks");
  if (from.prefill_logit_bytes > 0 && to.prefill_logit_bytes <= 0) found.push_back("only the last position of the prompt gets logits");
  if (from.windows_keep_all != to.windows_keep_all) found.push_back("layers with a window keep their window only");
  if (from.groups_layers != to.groups_layers) found.push_back("layers with different caches share one pool in groups");
  return found;
}

}  // namespace vram
