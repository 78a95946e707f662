// estimate: how much device memory a run needs, term by term and phase by phase. The numeric heart of the project:
// no text, no allocation after construction, only + - * / so that native and WASM agree to the bit.
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "vram/hardware.h"
#include "vram/inventory.h"
#include "vram/quant_format.h"
#include "vram/units.h"
#include "vram/workload.h"

namespace vram {

/// The parts of a total. Their names in JSON are the enumerators' names.
enum class TermId : unsigned char {
  weights, adapter_weights, gradients, optimizer_states, master_weights, activations, logits, kv_cache,
  communication_buffers, engine_buffers, framework_overhead, fragmentation, count
};
inline constexpr std::size_t kTermCount = static_cast<std::size_t>(TermId::count);
[[nodiscard]] std::string_view name_of(TermId term);

/// How well a number is supported (spec: A exact, B to 1.5 %, C to 5 %, D derived from source, E heuristic).
enum class Grade : char { A = 'A', B = 'B', C = 'C', D = 'D', E = 'E' };

enum class Phase : unsigned char { load, prefill, decode, rollout, reward, forward, loss, reference, backward, optimizer, sync };
[[nodiscard]] std::string_view name_of(Phase phase);

/// Bytes of every term at one moment.
struct TermBytes {
  std::array<double, kTermCount> bytes{};
  double& operator[](TermId term) { return bytes[static_cast<std::size_t>(term)]; }
  double operator[](TermId term) const { return bytes[static_cast<std::size_t>(term)]; }
  /// Sum of the terms as they are reported: each rounded up to whole bytes.
  [[nodiscard]] Bytes total() const;
};

/// A moment of the step. `at` runs from 0 to 1 over the step and orders the moments; it is not a time.
struct Moment {
  Phase phase = Phase::load;
  double at = 0.0;
  TermBytes terms;
};

/// The moments of a step in order. Room that no moment takes is neither written nor copied: estimates are made and handed on
/// a million times a second. There always is a first row, empty until a moment takes it.
class Timeline {
 public:
  Timeline() { std::construct_at(rows_); }
  Timeline(const Timeline& other) { take(other); }
  Timeline& operator=(const Timeline& other) {
    if (this != &other) take(other);
    return *this;
  }

  Moment& add(Phase phase, double at, const TermBytes& terms) { return *std::construct_at(rows_ + size_++, Moment{phase, at, terms}); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Moment& operator[](std::size_t i) const { return rows_[i]; }
  [[nodiscard]] const Moment* begin() const { return rows_; }
  [[nodiscard]] const Moment* end() const { return rows_ + size_; }

 private:
  void take(const Timeline& other) {
    size_ = other.size_;
    for (std::size_t i = 0; i < size_ || i == 0; ++i) std::construct_at(rows_ + i, other.rows_[i]);
  }

  std::size_t size_ = 0;
  union {
    Moment rows_[13];
  };
};

/// What the folds counted on the worst rank, for the formula texts.
struct Counted {
  double parameters = 0;            ///< weights resident on the rank (elements, base model)
  double quantised_parameters = 0;  ///< of them packed by the weight format
  double trainable = 0;             ///< elements that get a gradient on the rank
  double adapters = 0;              ///< adapter elements on the rank
  double bucket_bytes = 0;          ///< copies of gradients in communication buckets
  double frozen_bytes = 0;          ///< weights of the reference and reward models on the rank
  double rollout_pool = -1;         ///< KV pool of a roll-out engine; -1 = none, or the card is unknown
  double rollout_cache = 0;         ///< KV cache of all replies
  double rollout_weights = 0;       ///< bytes of the weights that a roll-out engine holds beside the trainer's
  double rollout_replies = 0;
  double saved_bytes = 0;           ///< bytes autograd keeps between forward and backward, loss included
  double saved_per_token = 0;       ///< bytes kept for backward per token, all layers, without recomputation
  double checkpoint_layers = 0;
  double recomputed_layer = 0;      ///< bytes of one recomputed layer
  double logit_count = 0;           ///< elements of the logits on the rank
  double kv_elements_per_token = 0;
  double kv_tokens = 0;
  double transient = 0;             ///< activation bytes that are not kept
};

struct MemoryEstimate {
  Timeline timeline;
  std::size_t peak = 0;  ///< index of the largest moment
  std::int64_t worst_rank = 0;
  std::int64_t worst_stage = 0;
  Counted counted;
  [[nodiscard]] const Moment& at_peak() const { return timeline[peak]; }
  /// What the device holds: tensors, what the allocator keeps beyond them, context and libraries.
  [[nodiscard]] Bytes total() const { return at_peak().terms.total(); }
  /// The most that tensors use (torch.cuda.max_memory_allocated): without context, communicators and fragmentation.
  /// Its moment may be another than that of the total.
  [[nodiscard]] Bytes allocated() const;
  /// What the allocator holds (torch.cuda.max_memory_reserved): allocated plus fragmentation.
  [[nodiscard]] Bytes reserved() const { return total() - whole_bytes(outside_allocator); }
  /// What the run needs: the total without the part of a reserved pool that no token uses.
  [[nodiscard]] Bytes needed() const { return whole_bytes(static_cast<double>(total().value) - idle_pool); }
  /// The most that `needed` may be: what the card offers, and no more KV cache than the engine's pool holds.
  [[nodiscard]] Bytes limit(Bytes usable) const {
    if (pool_bytes < 0) return usable;
    const Bytes pooled = whole_bytes(static_cast<double>(needed().value) - kv_in_use + pool_bytes);
    return pooled < usable ? pooled : usable;
  }
  /// The same bound for the total, idle pool included.
  [[nodiscard]] Bytes total_limit(Bytes usable) const { return whole_bytes(static_cast<double>(limit(usable).value) + idle_pool); }
  double pool_bytes = -1;        ///< KV pool of the engine; -1 = it has none, or the card is unknown
  double kv_in_use = 0;          ///< KV cache of the tokens of this run
  double idle_pool = 0;          ///< part of the total that is pool without tokens
  double host_bytes = 0;         ///< weights, states and gradients that stay with the host
  double host_cache_bytes = 0;   ///< inference: caches of layers that stay there
  double host_dense_bytes = 0;   ///< of them, inference: weights that every token needs
  double host_expert_bytes = 0;  ///< and routed experts
  double outside_allocator = 0;  ///< bytes that PyTorch's allocator does not see
};

/// The part of a run that decides what each block costs per token: switches, widths, degrees. It changes when somebody
/// picks another method or layout, not while a batch or length slider moves, so block costs are kept while it stays.
struct RunShape {
  bool training = false;
  Features features = 0;
  std::array<double, kWidthCount> width_bytes{};

  double weight_bytes = 2;          ///< per element that no quantiser packs
  double table_bytes = 0;           ///< per element of the token table, where a weight file says it; 0 = as the rest
  bool packed = false;              ///< quantisable matrices are stored in `format`
  WeightFormatId format = WeightFormatId::bf16;
  Features packed_roles = ~Features{0};  ///< roles that `format` packs, as trains(role) bits
  bool gguf = false;                ///< every matrix has the type that `mixture` gives it, the rest is fp32
  GgufMixture mixture = GgufMixture::f16;
  bool embeddings_on_host = false;
  double drafted_tokens = 0;        ///< per step: a recurrent layer's convolution keeps as many inputs more
  bool towers = true;               ///< vision towers are loaded
  bool latent_copies = false;       ///< latent attention keeps its up-projection twice, once split in two for decoding
  bool latent_absorbed = false;     ///< or multiplied into the projections before and after it
  double expert_hidden_step = 1, expert_inner_step = 1, expert_input_step = 1;  ///< widths of packed experts are multiples of these
  bool tied_head_copied = false;
  bool merges_matrices = false;     ///< as EngineProfile says: what the allocator cannot split off a block counts as weight
  double rotary_bytes = 0;          ///< tables of sines and cosines kept beside the weights
  bool split_with_head = false;     ///< pipeline stages share layers and head as equals
  double gpu_layers = -1;           ///< layers on the device, the head counting as one; -1 = all
  double cpu_experts = 0;           ///< layers from the bottom whose experts stay with the host
  bool train_base = false;          ///< base weights get gradients
  double adapter_rank = 0;
  bool dora = false;
  bool adalora = false;
  double prefix_tokens = 0;         ///< trained keys and values ahead of every sequence
  double frozen_layers = 0;
  double gradient_bytes = 0;        ///< per trained element
  double state_bytes = 0;           ///< optimizer states per trained element
  double factored_state_bytes = 0;  ///< Adafactor: per row and column instead of per element
  double master_bytes = 0;          ///< fp32 copy per trained element
  double step_bytes = 0;            ///< temporaries of the optimizer step per trained element
  double step_matrix_bytes = 0;     ///< and per element of the largest trained matrix, where the step goes matrix by matrix

  double data = 1, tensor = 1, context = 1, expert = 1;
  double expert_tensor = 1;         ///< ways every expert matrix is split
  int zero_stage = 0;
  bool sequence_parallel = false;
  bool saves_matmuls = false;       ///< checkpointing that keeps the layer's input, attention results and every second matrix product
  double kv_bytes = 2;              ///< per cached element
  double kv_value_bytes = 2;        ///< per cached element of the values, where keys and values are apart

  bool operator==(const RunShape&) const = default;
};

/// What an inference engine does, as plain numbers.
struct ServingRun {
  bool pooled = false;              ///< the engine fills its share of the card with a pool of KV blocks
  bool reserve = false;             ///< the total counts that whole pool
  bool groups_layers = false;
  bool prints_blocks = false;
  double group_slack = 1, state_blocks = 1;
  PoolRule pool;
  double capacity_bytes = 0;        ///< of one device; 0 = unknown
  double memory_share = 0;
  double graph_bytes = 0;
  double sampler_bytes = 0;         ///< per vocabulary entry, all sampled rows
  double sampled_rows = 0;
  double prefill_logit_bytes = 0;   ///< per vocabulary entry, all prompt tokens
  double draft_weight_bytes = 0, draft_layers = 0, draft_token_bytes = 0;  ///< a draft's cache: in layers like the model's, or its own
  double length = 0, prompt = 0;    ///< tokens of one sequence, rounded to blocks; of its prompt
  double sequences = 1, states = 1; ///< alive at once; with a state of their own
  double growing_tokens = 0;        ///< in caches that keep every token, all sequences
  double prefill_tokens = 0;        ///< of them, when the prompt has been read
  double block_tokens = 1, window_pad = 1, window_sequences = 1, window_extra = 0;
  double window_chunk = 0;          ///< tokens that a request books beyond its window
  double cache_growth_layers = 0;
  double pixel_bytes = 0;           ///< images as they come, beside the tower's forward pass
  double input_bytes = 0;           ///< images as the runner holds them during the whole pass
  double reduced_bytes = 0;         ///< per element of the stream: the sum over tensor-parallel ranks beside the rank's part
  double encoder_tokens = 0;        ///< image tokens kept beside the language model's step
  double micro_batch = 0;           ///< > 0: one compute buffer instead of activations and logits
  double scratch_hidden = 0, scratch_vocabulary = 0, scratch_inner_hidden = 0, scratch_fixed = 0;
};

/// Everything about one pass of work that the folds need, as plain numbers.
struct BasicRun : RunShape {
  double batch = 1;       ///< sequences (or images) of one forward pass on the rank
  double sequence = 1;    ///< tokens of one sequence on the rank's share
  std::array<double, kBasisCount> tokens{};  ///< tokens per forward pass, by basis
  std::array<double, kBasisCount> pairs{};   ///< batch × length², by basis

  std::array<double, kBasisCount> squares{};  ///< length², by basis
  double cross_pairs = 0;           ///< batch × length × length of what cross-attention reads
  double input_bytes = 0;           ///< images as the data loader gives them, alive during the whole step
  double matrix_buffer_bytes = 0;   ///< per element of every distinct matrix shape (TransformerEngine's weight-gradient cache)
  bool gradients_resident = false;  ///< gradients exist during forward (accumulation, pipeline)
  bool steps_in_backward = false;   ///< no gradient outlives the step of its weight
  bool bucket_copies = false;       ///< DDP keeps every gradient a second time, in its buckets
  double bucket_bytes = 0;          ///< of one gradient bucket, where the framework keeps one; the model's gradients if they are less
  double host_gradient_bytes = 0;   ///< per trained element, with a step on the host
  bool gradients_kept = false;      ///< in buffers that live as long as the run
  Checkpointing checkpointing = Checkpointing::none;
  double loss_bytes_per_logit = 0;
  double loss_gradient_bytes_per_logit = 0;
  double loss_saved_bytes_per_logit = 0;  ///< of the loss, kept until backward
  double loss_cached_bytes_per_logit = 0; ///< freed 16-bit logits whose block no fp32 gradient can use: reserved, not allocated
  double loss_chunk_tokens = 0;     ///< 0 = all tokens at once
  double loss_buffer_bytes_per_head_element = 0;
  double loss_chunk_columns = 0;    ///< vocabulary entries of one tile; 0 = all
  double loss_hidden_bytes = 0;     ///< per element of the head's input that the loss keeps beside the inventory's copy
  double loss_hidden_gradient_bytes = 0;  ///< per element of the head's input, while the tiles of backward run
  double loss_head_gradient_bytes = 0;    ///< per element of the head: a sum wider than its gradient


  double pipeline = 1;
  double virtual_pipeline = 1;      ///< model chunks of every pipeline stage (interleaved schedule)
  double micro_batches = 1;
  double exchanged_blocks = 0;      ///< context parallelism: keys and values of so many ranks beside one's own
  bool gathers_root = false;        ///< fully sharded: the head (or the matrix it shares) stays gathered from forward to backward
  bool keeps_gathered = false;      ///< fully sharded in a pipeline: weights stay gathered and gradients whole between micro-batches
  bool head_copied = false;         ///< the framework never ties the head to the embedding
  bool keeps_copy = false;          ///< fully sharded: the whole weights stay beside the shards
  double reduce_bytes = 0;          ///< per parameter of the unit whose gradients are being scattered; > 0: on a stream of its own
  Offload offload = Offload::none;

  ServingRun serving;

  double context_bytes = 0;         ///< framework and driver, per device
  double workspace_bytes = 0;
  double communicator_bytes = 0;
  double fragmentation = 0;         ///< share of what the allocator moves every step
};

/// When a pass that keeps nothing scores the batch.
enum class ScorePass : unsigned char { none, inside, before };  ///< inside: while what the policy kept is alive

/// What a stage of training runs beside the policy's own passes.
struct StageRun {
  bool scalar_head = false;         ///< one score takes the place of the language head (reward models)
  ScorePass score_pass = ScorePass::none;
  double reference_copies = 0;      ///< frozen copies of the weights
  double reference_bytes_per_logit = 0;
  bool outside_autocast = false;    ///< whole logits are widened when the copies that autocast caches are gone
  double narrow_logit_bytes = 0;    ///< of one logit as the head writes it, while they are there
  double extra_forwards = 0;        ///< passes per micro-batch that keep nothing
  double value_copies = 0;          ///< models with a score instead of the head, trained in the same graph
  double reward_copies = 0;         ///< frozen ones that score the replies
  double reward_bytes = 0;          ///< or weights of a reward model of another size
  double scored_share = 1;          ///< of the tokens, whose log-probabilities count: the replies of a roll-out
};

/// How replies are made before an update.
struct Rollout {
  BasicRun run;                     ///< the inference pass
  bool own_weights = false;         ///< an engine beside the trainer, with 16-bit weights and a pool of its own
  bool sleeps = false;              ///< and gives them back during the update
  double score_bytes = 0;           ///< per reply token and vocabulary entry, where the trainer keeps every step's scores
  double reply_tokens = 0;          ///< of one reply
};

/// A whole run.
struct Run : BasicRun {
  StageRun stage;
  bool reinforces = false;          ///< every step begins with replies and ends with handing the weights over
  std::optional<Rollout> rollout;   ///< on this device
};

/// What one device offers: the scenario's own figure, else the card's; 0 = neither.
[[nodiscard]] double capacity_of(const HardwareChoice& hardware, const GpuSpec* gpu);
/// NVIDIA's A100 has schedules of its own in vLLM.
[[nodiscard]] bool is_a100(const GpuSpec& gpu);
/// The inference part with the engine's own defaults where the scenario gives 0.
[[nodiscard]] InferenceRun with_engine_defaults(const Scenario& scenario, const GpuSpec* gpu);

/// Turns a scenario into numbers. `gpu` may be null (no card chosen).
[[nodiscard]] Run resolve(const Scenario& scenario, const Inventory& inventory, const GpuSpec* gpu);

/// Bytes as a function of the sizes of a run: token × tokens + pair × (batch × length²) + sample × batch.
struct ByteRate {
  double token = 0, pair = 0, sample = 0, square = 0, cross = 0;
};

/// What an engine prints about its KV cache.
struct ServingFigures {
  bool limited = false;                ///< a card is known, so pool, concurrency and length are bounded
  double pool_bytes = 0;
  double pool_tokens = 0;
  double bytes_per_token = 0;          ///< of one sequence of the scenario's length, constant states included
  double max_concurrency = 0;          ///< sequences of that length
  double max_context_length = 0;       ///< tokens of each sequence, all of them alive at once
  double request_bytes = 0;            ///< what one sequence of that length books
  double state_bytes = 0;              ///< of them, what does not grow with the length
  double load_peak_bytes = 0;
  double host_bytes = 0;
};

/// Caches with one window size, all layers of a stage together.
struct WindowCache {
  double window = 0, bytes = 0, layers = 0;  ///< bytes per token and sequence
};

/// A transient of a block with its kind of token.
struct BasisRate {
  ByteRate rate;
  Basis basis = Basis::tokens;
};

/// Evaluates runs over one inventory. Keeps block costs between calls, so that an evaluation allocates nothing.
class Evaluator {
 public:
  explicit Evaluator(const Inventory& inventory);
  [[nodiscard]] MemoryEstimate operator()(const Run& run);
  /// One pipeline stage of the run of the last call.
  [[nodiscard]] MemoryEstimate stage(const Run& run, std::int64_t stage) const;
  /// How many tokens and requests the pool holds (or, without a pool, what is left of the card). For the run of the last call.
  [[nodiscard]] ServingFigures serving(const Run& run, const MemoryEstimate& estimate) const;
  /// Base weights (elements) on one rank of every pipeline stage.
  [[nodiscard]] std::vector<double> parameters_by_stage(const Run& run);

 private:
  struct BlockCost {
    double parameters = 0, quantised = 0, weight_bytes = 0;
    double table_bytes = 0, expert_bytes = 0;  ///< of the weights: read by index; of routed experts
    double trainable = 0, gradient_bytes = 0, state_bytes = 0, master_bytes = 0, step_bytes = 0;
    double adapters = 0, adapter_bytes = 0;
    double largest_matrix = 0;     ///< elements of the largest trained tensor
    double distinct_matrices = 0;  ///< elements of the block's trained matrices, each shape once
    double key_value = 0;          ///< training: bytes per token of keys and values
    double unpacked = 0;           ///< bytes of the largest packed matrix while a product needs it in the compute dtype
    double weight_copy = 0;        ///< bytes of autocast's low-precision copies
    double kv_elements = 0, kv_bytes = 0, kv_constant = 0;  ///< elements and bytes per token; bytes per sequence
    double state_page = 0;         ///< bytes per sequence of a state as an engine with pages keeps it
    ByteRate saved, forward, backward;
    ByteRate passing;              ///< largest transient of a pass that keeps nothing
    ByteRate policy;               ///< of `saved`, what a policy that saves matrix products keeps
  };
  struct StageCost;
  static constexpr std::size_t kWindows = 4;
  /// Sums over what one inference stage holds, made when the shape changes.
  struct StageServing {
    double parameters = 0, quantised = 0, weight_bytes = 0, host_bytes = 0;
    double host_dense = 0, host_experts = 0, host_cache = 0;         ///< with the host: read by every token; routed; bytes per token of its caches
    double host_matrix = 0, host_head = 0;                           ///< the largest matrix of a layer there; the head
    double kv_elements = 0, growing = 0, encoder = 0, constant = 0;  ///< bytes per token and sequence; per sequence
    double growing_layers = 0, largest_layer = 0;                    ///< caches; bytes per token of the largest
    double state_layers = 0, state_page = 0;                         ///< recurrent layers; bytes of the largest state
    double indexed_layers = 0, pooled_layers = 0, compressed_layers = 0;  ///< keys once per 4 tokens; once per more; with the window alone as well
    std::array<WindowCache, kWindows> windows{};
    std::size_t window_count = 0;
    std::vector<BasisRate> forward;  ///< transients that no other one covers
    bool has_head = false;
  };

  /// How an engine cuts caches of several kinds into pages of one size: layers in groups of equally many, every group with
  /// blocks of its own out of one pool.
  struct PageLayout {
    bool used = false;
    bool compressed = false;                  ///< keys that stand for several tokens: pages of several sizes in one block
    double block_tokens = 1, page_bytes = 0;  ///< of one layer that keeps every token
    double least_tokens = 1;                  ///< of the shortest block
    double group_layers = 1, full_groups = 0, state_groups = 0, groups = 0;
    std::array<double, kWindows> window_groups{};
    std::array<double, kWindows> window_tokens{};  ///< of a block of such a layer
  };
  [[nodiscard]] PageLayout page_layout(const ServingRun& serving, const StageServing& stage) const;
  static void layout_compressed(const StageServing& stage, PageLayout& pages);
  [[nodiscard]] static double compressed_blocks(const ServingRun& serving, const StageServing& stage, double tokens);
  /// Bytes that one request of so many tokens books.
  [[nodiscard]] double request_bytes(const ServingRun& serving, const StageServing& stage, const PageLayout& pages, double tokens) const;

  /// What the blocks of one stack that no gradient reaches do not cost after all.
  struct Unreached {
    BlockCost cost;            ///< training costs only
    ByteRate outside_saved;    ///< of `cost.saved`: blocks that are no layer
    double layer_copies = 0;   ///< of `cost.weight_copy`: layers
  };

  [[nodiscard]] BlockCost cost_of(const RunShape& shape, const Block& block) const;
  [[nodiscard]] BlockCost score_cost(const RunShape& shape) const;
  void add_prefix(const RunShape& shape, const Block& block, BlockCost& cost) const;
  [[nodiscard]] ByteRate policy_rate(const RunShape& shape, const Block& block) const;
  void find_unreached();
  /// The moment of the backward pass of a convolutional network that holds most: activations, then weight gradients.
  [[nodiscard]] std::array<double, 2> backward_moment(const Run& run) const;
  void add_head_copy(const Run& run, StageCost& sum) const;
  [[nodiscard]] StageCost stage_cost(const Run& run, std::int64_t stage, bool scalar_head) const;
  /// What a device holds during the whole update; what it leaves with the host goes to `estimate`.
  [[nodiscard]] static TermBytes resident(const Run& run, const StageCost& cost, MemoryEstimate& estimate);
  void training_timeline(const Run& run, const StageCost& cost, double in_flight, MemoryEstimate& estimate) const;
  /// The moments of making replies; what their engine keeps during the update is added to `base`. Returns what it gives back.
  [[nodiscard]] static TermBytes add_rollout(const Run& run, const MemoryEstimate& replies, const StageCost& cost, double gradients, double vocabulary,
                                             TermBytes& base, MemoryEstimate& estimate);
  void prepare(const BasicRun& run);
  [[nodiscard]] MemoryEstimate train(const Run& run);
  [[nodiscard]] MemoryEstimate train_stage(const Run& run, std::int64_t stage) const;
  [[nodiscard]] MemoryEstimate serve(const BasicRun& run);
  [[nodiscard]] MemoryEstimate serve_stage(const BasicRun& run, std::int64_t stage) const;
  void prepare_serving(const BasicRun& run);
  [[nodiscard]] StageServing serving_stage(const BasicRun& run, std::int64_t stage) const;
  void inference_timeline(const BasicRun& run, const StageServing& stage, MemoryEstimate& estimate) const;

  const Inventory& inventory_;
  RunShape shape_;        ///< what costs_ were made for
  bool prepared_ = false;
  std::vector<BlockCost> costs_;
  BlockCost score_;       ///< the head of a reward model
  std::vector<StageServing> serving_;  ///< inference: one per pipeline stage
  double serving_pipeline_ = 0;        ///< stages they were made for
  std::vector<Unreached> unreached_;  ///< by stack
  std::unique_ptr<Evaluator> rollout_;  ///< block costs of roll-outs, made for the first run that has one
  MemoryEstimate replies_;            ///< its answer to the last run
};

}  // namespace vram
