// Look-up of weight formats, and llama-quantize's choice of tensor types as a table of rules.
// SPDX-License-Identifier: MIT
#include "vram/quant_format.h"

#include <algorithm>

namespace vram {
namespace {

using Id = WeightFormatId;

constexpr bool ids_in_order() {
  for (std::size_t i = 0; i < kWeightFormats.size(); ++i) {
    if (kWeightFormats[i].id != static_cast<Id>(i)) return false;
  }
  return true;
}
static_assert(ids_in_order());

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

struct FormatAlias {
  std::string_view name;
  Id id;
};

constexpr std::array<FormatAlias, 17> kFormatAliases = {{
    {"float32", Id::fp32},
    {"f32", Id::fp32},
    {"float16", Id::fp16},
    {"f16", Id::fp16},
    {"half", Id::fp16},
    {"bfloat16", Id::bf16},
    {"gptq", Id::gptq4_g128},
    {"gptq-int4", Id::gptq4_g128},
    {"gptq-int8", Id::gptq8_g128},
    {"awq", Id::awq4_g128},
    {"fp8-tensor", Id::fp8_tensor},
    {"fp8_tensor", Id::fp8_tensor},
    {"fp8_channel", Id::fp8_channel},
    {"fp8_block", Id::fp8_block},
    {"nf4_dq", Id::nf4_dq},
    {"fp4_dq", Id::fp4_dq},
    {"llm.int8", Id::int8},
}};

/// Which layers a rule reaches.
enum class Reach : unsigned char { none, all, first_two, first_four, first_sixteenth, first_eighth, more_bits, middle };

struct Rule {
  Reach reach = Reach::none;
  Id within = Id::fp32;
  Id beyond = Id::fp32;
};

/// llama.cpp's rows that profit most from extra bits: the first and last eighth, and every third layer between.
bool more_bits(int layer, int n) { return layer < n / 8 || layer >= 7 * n / 8 || (layer - n / 8) % 3 == 2; }

bool reaches(Reach reach, int layer, int n) {
  switch (reach) {
    case Reach::none:
      return false;
    case Reach::all:
      return true;
    case Reach::first_two:
      return layer < 2;
    case Reach::first_four:
      return layer < 4;
    case Reach::first_sixteenth:
      return layer < n / 16;
    case Reach::first_eighth:
      return layer < n / 8;
    case Reach::more_bits:
      return more_bits(layer, n);
    case Reach::middle:
      return layer >= n / 8 && layer < 7 * n / 8;
  }
  return false;
}

/// One mixture: the base type and where the tensors of a role differ from it. Rules for eight experts replace the
/// others.
struct MixtureRow {
  GgufMixture id;
  std::string_view name;
  int file_type;
  Id base;
  Id output;
  Id embedding;
  Rule value = {};          ///< attn_v with fewer than four queries per key
  Rule value_grouped = {};  ///< the same with four or more
  Rule fused = {};          ///< attn_qkv
  Rule query_key = {};
  Rule attention_output = {};
  Rule down = {};
  Rule down_imatrix = {};  ///< ffn_down when an importance matrix was given
  Rule up_gate = {};
  bool low_bit = false;       ///< the IQ1 and IQ2 family has its own rules for experts
  bool output_eight = false;  ///< attn_output becomes Q5_K with eight experts
};

constexpr Rule every(Id id) { return {Reach::all, id, id}; }
constexpr Rule upgrade(Reach reach, Id within, Id beyond) { return {reach, within, beyond}; }

constexpr MixtureRow uniform(GgufMixture id, std::string_view name, int file_type, Id base, Id output) {
  return {id, name, file_type, base, output, base};
}

constexpr MixtureRow k_quant(GgufMixture id, std::string_view name, int file_type, Id base) {
  return uniform(id, name, file_type, base, Id::gguf_q6_k);
}

/// Q4_0 and Q5_0 gain a minimum in the first layers when an importance matrix is given.
constexpr MixtureRow classic(GgufMixture id, std::string_view name, int file_type, Id base, Id first_down) {
  MixtureRow row = k_quant(id, name, file_type, base);
  row.down_imatrix = upgrade(Reach::first_eighth, first_down, base);
  return row;
}

constexpr MixtureRow q2_k() {
  MixtureRow row = k_quant(GgufMixture::q2_k, "Q2_K", 10, Id::gguf_q2_k);
  row.value = every(Id::gguf_q3_k);
  row.value_grouped = every(Id::gguf_q4_k);
  row.attention_output = row.down = row.down_imatrix = every(Id::gguf_q3_k);
  row.output_eight = true;
  return row;
}

constexpr MixtureRow q2_k_s() {
  MixtureRow row = k_quant(GgufMixture::q2_k_s, "Q2_K_S", 21, Id::gguf_q2_k);
  row.value_grouped = every(Id::gguf_q4_k);
  row.down = row.down_imatrix = upgrade(Reach::first_eighth, Id::gguf_q4_k, Id::gguf_q2_k);
  return row;
}

constexpr MixtureRow q3_k_s() {
  MixtureRow row = k_quant(GgufMixture::q3_k_s, "Q3_K_S", 11, Id::gguf_q3_k);
  row.output_eight = true;
  return row;
}

constexpr MixtureRow q3_k_m() {
  MixtureRow row = k_quant(GgufMixture::q3_k_m, "Q3_K_M", 12, Id::gguf_q3_k);
  row.value = row.value_grouped = upgrade(Reach::first_two, Id::gguf_q5_k, Id::gguf_q4_k);
  row.fused = every(Id::gguf_q4_k);
  row.attention_output = every(Id::gguf_q4_k);
  row.down = row.down_imatrix = upgrade(Reach::first_sixteenth, Id::gguf_q5_k, Id::gguf_q4_k);
  row.output_eight = true;
  return row;
}

constexpr MixtureRow q3_k_l() {
  MixtureRow row = k_quant(GgufMixture::q3_k_l, "Q3_K_L", 13, Id::gguf_q3_k);
  row.value = row.value_grouped = row.attention_output = row.down = row.down_imatrix = every(Id::gguf_q5_k);
  row.fused = every(Id::gguf_q4_k);
  return row;
}

constexpr MixtureRow q4_k_s() {
  MixtureRow row = k_quant(GgufMixture::q4_k_s, "Q4_K_S", 14, Id::gguf_q4_k);
  row.value = row.value_grouped = upgrade(Reach::first_four, Id::gguf_q5_k, Id::gguf_q4_k);
  row.down = row.down_imatrix = upgrade(Reach::first_eighth, Id::gguf_q5_k, Id::gguf_q4_k);
  row.output_eight = true;
  return row;
}

constexpr MixtureRow q4_k_m() {
  MixtureRow row = k_quant(GgufMixture::q4_k_m, "Q4_K_M", 15, Id::gguf_q4_k);
  row.value = row.value_grouped = row.down = row.down_imatrix = upgrade(Reach::more_bits, Id::gguf_q6_k, Id::gguf_q4_k);
  row.fused = every(Id::gguf_q5_k);
  row.output_eight = true;
  return row;
}

constexpr MixtureRow q5_k_m() {
  MixtureRow row = k_quant(GgufMixture::q5_k_m, "Q5_K_M", 17, Id::gguf_q5_k);
  row.value = row.value_grouped = row.down = row.down_imatrix = upgrade(Reach::more_bits, Id::gguf_q6_k, Id::gguf_q5_k);
  row.fused = every(Id::gguf_q6_k);
  return row;
}

constexpr MixtureRow one_or_two_bits(GgufMixture id, std::string_view name, int file_type, Id base, Id helper) {
  MixtureRow row{id, name, file_type, base, Id::gguf_q5_k, helper};
  row.value = every(helper);
  row.value_grouped = every(Id::gguf_q4_k);
  row.down = row.down_imatrix = upgrade(Reach::first_eighth, helper, base);
  if (id == GgufMixture::iq1_s || id == GgufMixture::iq1_m) row.attention_output = every(Id::gguf_iq2_xxs);
  if (id == GgufMixture::iq2_s || id == GgufMixture::iq2_m) row.attention_output = every(helper);
  row.low_bit = true;
  return row;
}

constexpr MixtureRow iq3_xxs() {
  MixtureRow row{GgufMixture::iq3_xxs, "IQ3_XXS", 23, Id::gguf_iq3_xxs, Id::gguf_q5_k, Id::gguf_iq3_s};
  row.value = every(Id::gguf_iq3_s);
  row.value_grouped = every(Id::gguf_q4_k);
  row.query_key = every(Id::gguf_iq2_s);
  row.attention_output = every(Id::gguf_iq3_s);
  row.down = upgrade(Reach::first_eighth, Id::gguf_q4_k, Id::gguf_q3_k);
  row.output_eight = true;
  return row;
}

constexpr MixtureRow iq3_s(GgufMixture id, std::string_view name, int file_type) {
  MixtureRow row = k_quant(id, name, file_type, Id::gguf_iq3_s);
  row.value_grouped = every(Id::gguf_q4_k);
  row.output_eight = true;
  return row;
}

constexpr MixtureRow iq3_xs() {
  MixtureRow row = iq3_s(GgufMixture::iq3_xs, "IQ3_XS", 22);
  row.query_key = every(Id::gguf_iq3_xxs);
  row.up_gate = upgrade(Reach::middle, Id::gguf_iq3_xxs, Id::gguf_iq3_s);
  return row;
}

constexpr MixtureRow iq3_m() {
  MixtureRow row = iq3_s(GgufMixture::iq3_m, "IQ3_M", 27);
  row.value = row.fused = row.attention_output = every(Id::gguf_q4_k);
  row.down = row.down_imatrix = upgrade(Reach::first_eighth, Id::gguf_q4_k, Id::gguf_iq3_s);
  return row;
}

constexpr MixtureRow iq4(GgufMixture id, std::string_view name, int file_type, Id base) {
  MixtureRow row = k_quant(id, name, file_type, base);
  row.value_grouped = every(Id::gguf_q5_k);
  row.down = upgrade(Reach::first_eighth, Id::gguf_q5_k, base);
  row.output_eight = true;
  return row;
}

constexpr MixtureRow ternary(GgufMixture id, std::string_view name, int file_type, Id base) {
  return {id, name, file_type, base, Id::gguf_q6_k, Id::gguf_q4_k};
}

constexpr std::array<MixtureRow, static_cast<std::size_t>(GgufMixture::count)> kMixtures = {{
    uniform(GgufMixture::f32, "F32", 0, Id::fp32, Id::fp32),
    uniform(GgufMixture::f16, "F16", 1, Id::fp16, Id::fp16),
    uniform(GgufMixture::bf16, "BF16", 32, Id::bf16, Id::bf16),
    classic(GgufMixture::q4_0, "Q4_0", 2, Id::gguf_q4_0, Id::gguf_q4_1),
    k_quant(GgufMixture::q4_1, "Q4_1", 3, Id::gguf_q4_1),
    classic(GgufMixture::q5_0, "Q5_0", 8, Id::gguf_q5_0, Id::gguf_q5_1),
    k_quant(GgufMixture::q5_1, "Q5_1", 9, Id::gguf_q5_1),
    uniform(GgufMixture::q8_0, "Q8_0", 7, Id::gguf_q8_0, Id::gguf_q8_0),
    q2_k(),
    q2_k_s(),
    q3_k_s(),
    q3_k_m(),
    q3_k_l(),
    q4_k_s(),
    q4_k_m(),
    k_quant(GgufMixture::q5_k_s, "Q5_K_S", 16, Id::gguf_q5_k),
    q5_k_m(),
    k_quant(GgufMixture::q6_k, "Q6_K", 18, Id::gguf_q6_k),
    one_or_two_bits(GgufMixture::iq1_s, "IQ1_S", 24, Id::gguf_iq1_s, Id::gguf_q2_k),
    one_or_two_bits(GgufMixture::iq1_m, "IQ1_M", 31, Id::gguf_iq1_m, Id::gguf_q2_k),
    one_or_two_bits(GgufMixture::iq2_xxs, "IQ2_XXS", 19, Id::gguf_iq2_xxs, Id::gguf_q2_k),
    one_or_two_bits(GgufMixture::iq2_xs, "IQ2_XS", 20, Id::gguf_iq2_xs, Id::gguf_q2_k),
    one_or_two_bits(GgufMixture::iq2_s, "IQ2_S", 28, Id::gguf_iq2_xs, Id::gguf_iq3_s),
    one_or_two_bits(GgufMixture::iq2_m, "IQ2_M", 29, Id::gguf_iq2_s, Id::gguf_iq3_s),
    iq3_xxs(),
    iq3_xs(),
    iq3_s(GgufMixture::iq3_s, "IQ3_S", 26),
    iq3_m(),
    iq4(GgufMixture::iq4_nl, "IQ4_NL", 25, Id::gguf_iq4_nl),
    iq4(GgufMixture::iq4_xs, "IQ4_XS", 30, Id::gguf_iq4_xs),
    ternary(GgufMixture::tq1_0, "TQ1_0", 36, Id::gguf_tq1_0),
    ternary(GgufMixture::tq2_0, "TQ2_0", 37, Id::gguf_tq2_0),
    uniform(GgufMixture::mxfp4_moe, "MXFP4_MOE", 38, Id::gguf_q8_0, Id::gguf_q8_0),
}};

constexpr bool mixtures_in_order() {
  for (std::size_t i = 0; i < kMixtures.size(); ++i) {
    if (kMixtures[i].id != static_cast<GgufMixture>(i)) return false;
  }
  return true;
}
static_assert(mixtures_in_order());

const MixtureRow& row_of(GgufMixture mixture) { return kMixtures[static_cast<std::size_t>(mixture)]; }

Id apply(const Rule& rule, Id base, const GgufTensor& t) {
  if (rule.reach == Reach::none) return base;
  return reaches(rule.reach, t.layer, t.n_layers) ? rule.within : rule.beyond;
}

/// Llama-2-70B and its kin, whose value matrices are eight times narrower than their query matrices.
bool seventy_b(const GgufTensor& t) { return t.n_layers == 80 && t.n_gqa == 8; }

Id value_type(const MixtureRow& row, const GgufTensor& t) {
  if (row.low_bit) return apply(t.n_gqa >= 4 || t.n_experts >= 4 ? row.value_grouped : row.value, row.base, t);
  if (t.n_experts == 8) return Id::gguf_q8_0;
  if (row.id == GgufMixture::iq3_xxs && t.importance_matrix && t.n_gqa < 4) return row.base;
  const Id chosen = apply(t.n_gqa >= 4 ? row.value_grouped : row.value, row.base, t);
  return seventy_b(t) && (chosen == Id::gguf_q3_k || chosen == Id::gguf_q4_k) ? Id::gguf_q5_k : chosen;
}

Id down_type(const MixtureRow& row, const GgufTensor& t) {
  if (row.id == GgufMixture::iq3_m && t.n_experts == 8 && more_bits(t.layer, t.n_layers)) return Id::gguf_q4_k;
  return apply(t.importance_matrix ? row.down_imatrix : row.down, row.base, t);
}

Id key_type(const MixtureRow& row, const GgufTensor& t) {
  if (t.n_experts == 8) return row.low_bit ? Id::gguf_q4_k : Id::gguf_q8_0;
  return apply(row.query_key, row.base, t);
}

Id attention_output_type(const MixtureRow& row, const GgufTensor& t) {
  if (t.n_experts == 8) return row.low_bit || row.output_eight ? Id::gguf_q5_k : row.base;
  return apply(row.attention_output, row.base, t);
}

Id type_by_role(const MixtureRow& row, const GgufTensor& t) {
  switch (t.role) {
    case TensorRole::output:
      return t.cols % format_of(row.base).block_elements() == 0 ? row.output : Id::gguf_q8_0;
    case TensorRole::token_embedding:
      return row.embedding;
    case TensorRole::attention_v:
      return value_type(row, t);
    case TensorRole::attention_qkv:
      return apply(row.fused, row.base, t);
    case TensorRole::attention_q:
      return apply(row.query_key, row.base, t);
    case TensorRole::attention_k:
      return key_type(row, t);
    case TensorRole::attention_output:
      return attention_output_type(row, t);
    case TensorRole::ffn_down:
      return down_type(row, t);
    case TensorRole::ffn_up:
    case TensorRole::ffn_gate:
      return apply(row.up_gate, row.base, t);
    case TensorRole::other:
      return row.base;
    case TensorRole::kept:
      return Id::fp32;
  }
  return row.base;
}

/// The 32-element type that replaces a 256-element one when a row does not divide.
Id smaller_block(Id id) {
  switch (id) {
    case Id::gguf_q4_k:
      return Id::gguf_q5_0;
    case Id::gguf_q5_k:
      return Id::gguf_q5_1;
    case Id::gguf_q6_k:
      return Id::gguf_q8_0;
    case Id::gguf_q2_k:
    case Id::gguf_q3_k:
    case Id::gguf_tq1_0:
    case Id::gguf_tq2_0:
      return Id::gguf_q4_0;
    default:
      return Id::gguf_iq4_nl;
  }
}

Id fitting(Id id, std::int64_t cols) {
  if (cols % format_of(id).block_elements() == 0) return id;
  if (format_of(id).block_elements() == 256 && cols % 32 == 0) return smaller_block(id);
  return Id::fp16;
}

}  // namespace

std::optional<WeightFormatId> weight_format_by_name(std::string_view name) {
  for (const WeightFormat& f : kWeightFormats) {
    if (same_name(f.name, name)) return f.id;
  }
  for (const FormatAlias& alias : kFormatAliases) {
    if (same_name(alias.name, name)) return alias.id;
  }
  for (const WeightFormat& f : kWeightFormats) {
    if (same_name(f.label, name)) return f.id;
  }
  return std::nullopt;
}

std::optional<WeightFormatId> weight_format_of_ggml_type(std::uint32_t ggml_type) {
  for (const WeightFormat& f : kWeightFormats) {
    if (f.ggml_type >= 0 && static_cast<std::uint32_t>(f.ggml_type) == ggml_type) return f.id;
  }
  return std::nullopt;
}

std::string_view name_of(GgufMixture mixture) { return row_of(mixture).name; }

std::optional<GgufMixture> gguf_mixture_by_name(std::string_view name) {
  for (const MixtureRow& row : kMixtures) {
    if (same_name(row.name, name)) return row.id;
  }
  if (same_name(name, "q3_k")) return GgufMixture::q3_k_m;
  if (same_name(name, "q4_k")) return GgufMixture::q4_k_m;
  if (same_name(name, "q5_k")) return GgufMixture::q5_k_m;
  return std::nullopt;
}

std::optional<GgufMixture> gguf_mixture_of_file_type(std::int64_t file_type) {
  for (const MixtureRow& row : kMixtures) {
    if (row.file_type == file_type) return row.id;
  }
  return std::nullopt;
}

std::optional<Quantization> quantization_by_name(std::string_view name) {
  if (same_name(name, "none")) return Quantization{};
  const std::optional<GgufMixture> mixture = gguf_mixture_by_name(name);
  const std::optional<WeightFormatId> format = weight_format_by_name(name);
  const bool floating = mixture && (*mixture == GgufMixture::f32 || *mixture == GgufMixture::f16 || *mixture == GgufMixture::bf16);
  if (mixture && !floating) return Quantization{.kind = Quantization::Kind::mixture, .mixture = *mixture};
  if (format) return Quantization{.kind = Quantization::Kind::format, .format = *format};
  return std::nullopt;
}

std::string_view name_of(const Quantization& quantization) {
  switch (quantization.kind) {
    case Quantization::Kind::none: return "none";
    case Quantization::Kind::format: return name_of(quantization.format);
    case Quantization::Kind::mixture: return name_of(quantization.mixture);
  }
  return "none";
}

WeightFormatId gguf_tensor_type(GgufMixture mixture, const GgufTensor& tensor) {
  const MixtureRow& row = row_of(mixture);
  if (tensor.role == TensorRole::kept) return Id::fp32;
  const bool floating = row.base == Id::fp32 || row.base == Id::fp16 || row.base == Id::bf16;
  if (floating) return row.base;
  if (mixture == GgufMixture::mxfp4_moe && tensor.expert) return fitting(Id::gguf_mxfp4, tensor.cols);
  GgufTensor t = tensor;
  if (t.tied && t.role == TensorRole::token_embedding) t.role = TensorRole::output;
  return fitting(type_by_role(row, t), t.cols);
}

}  // namespace vram
