// The table of families whose code differs from Llama's. Source: modeling files of transformers 5.23 and the operations
// that tests/measured/pytorch-*.json lists for each.
// SPDX-License-Identifier: MIT
#include "vram/computation.h"

#include <array>

namespace vram {

namespace {

struct Row {
  std::string_view name;  ///< small letters and digits only
  Computation computation;
};

constexpr Computation kGpt2{.activation = Activation::tanh_formula, .softmax_fp32 = false, .attention_dropout = 0.1, .hidden_dropout = 0.1};
constexpr Computation kBert{.softmax_fp32 = false, .loss_fp32 = false, .attention_dropout = 0.1, .hidden_dropout = 0.1};
constexpr Computation kDistilBert{.softmax_fp32 = false, .loss_fp32 = false, .attention_output_dropout = false, .attention_dropout = 0.1, .hidden_dropout = 0.1};
constexpr Computation kT5{.softmax_fp32 = false, .norm_keeps_narrow = true, .inner_dropout = true, .bias_on_scores = true, .loss_fp32 = false,
                          .attention_dropout = 0.1, .hidden_dropout = 0.1};
constexpr Computation kFlanT5{.activation = Activation::tanh_formula, .softmax_fp32 = false, .norm_keeps_narrow = true, .inner_dropout = true,
                              .bias_on_scores = true, .loss_fp32 = false, .attention_dropout = 0.1, .hidden_dropout = 0.1};
constexpr Computation kBart{.softmax_fp32 = false, .biased_logits = true, .loss_fp32 = false, .hidden_dropout = 0.1};
constexpr Computation kWhisper{.softmax_fp32 = false, .output_copied = true, .loss_fp32 = false};
constexpr Computation kClip{.activation = Activation::quick_gelu};
constexpr Computation kTower{.softmax_fp32 = false};
constexpr Computation kNeoX{.output_copied = true, .value_holds_qkv = true};
constexpr Computation kPhi{.activation = Activation::tanh_formula, .output_copied = true};
constexpr Computation kGptJ{.activation = Activation::tanh_formula, .query_key_fp32 = true};
constexpr Computation kGemma{.gain_fp32 = true};
constexpr Computation kGemma2{.gain_fp32 = true, .softcap = true};
constexpr Computation kDeepSeek{.router_fp32 = true};

constexpr auto kRows = std::to_array<Row>({
    {"gpt2", kGpt2},
    {"bert", kBert},
    {"roberta", kBert},
    {"modernbert", {.value_holds_qkv = true}},
    {"xlmroberta", kBert},
    {"distilbert", kDistilBert},
    {"electra", kBert},
    {"t5", kT5},
    {"flant5", kFlanT5},
    {"switchtransformer", kT5},
    {"bart", kBart},
    {"whisper", kWhisper},
    {"clip", kClip},
    {"clipvit", kClip},
    {"tower", kTower},
    {"dinov2", kTower},
    {"gptneox", kNeoX},
    {"pythia", kNeoX},
    {"phi3", kNeoX},
    {"phi35", kNeoX},
    {"phi4", kNeoX},
    {"phi", kPhi},
    {"gptj", kGptJ},
    {"opt", {.hidden_dropout = 0.1}},
    {"gemma", kGemma},
    {"gemma2", kGemma2},
    {"gemma3", kGemma},
    {"gemma3text", kGemma},
    {"gemma3n", kGemma},
    {"gemma3ntext", kGemma},
    {"gemma4", kGemma},
    {"gemma4text", kGemma},
    {"olmo2", kGemma},
    {"olmo3", kGemma},
    {"falcon", {.mask_for_sdpa = true}},
    {"deepseekv2", kDeepSeek},
    {"deepseekv3", kDeepSeek},
    {"deepseekv32", kDeepSeek},
    {"gptoss", {.activation = Activation::clamped_glu, .softmax_fp32 = false, .gain_fp32 = true}},
});

/// Whether `name` without its punctuation is `plain`, letter case aside.
bool same(std::string_view name, std::string_view plain) {
  std::size_t matched = 0;
  for (const char c : name) {
    const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if ((small < 'a' || small > 'z') && (small < '0' || small > '9')) continue;
    if (matched == plain.size() || plain[matched] != small) return false;
    ++matched;
  }
  return matched == plain.size();
}

}  // namespace

Computation computation_of(std::string_view name) {
  for (const Row& row : kRows) {
    if (same(name, row.name)) return row.computation;
  }
  return {};
}

}  // namespace vram
