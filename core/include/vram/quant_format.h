// Packed weight formats: how many bytes a matrix occupies in each, and which GGUF type llama.cpp gives each tensor.
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vram {

/// Every weight storage format we can size. The `gguf_` ones are tensor types of GGUF files; fp32, fp16 and bf16 serve
/// both worlds.
enum class WeightFormatId : unsigned char {
  fp32,
  fp16,
  bf16,
  fp64,
  int64,
  int32,
  int16,
  int8_raw,
  fp8_tensor,
  fp8_channel,
  fp8_block,
  int8,
  int4,
  nf4,
  nf4_dq,
  fp4,
  fp4_dq,
  gptq2_g32,
  gptq2_g64,
  gptq2_g128,
  gptq3_g32,
  gptq3_g64,
  gptq3_g128,
  gptq4_g32,
  gptq4_g64,
  gptq4_g128,
  gptq4_row,
  gptq8_g32,
  gptq8_g64,
  gptq8_g128,
  gptq8_row,
  gptq4_g128_act,
  gptq8_g128_act,
  awq4_g32,
  awq4_g64,
  awq4_g128,
  mxfp8,
  mxfp4,
  nvfp4,
  gguf_q4_0,
  gguf_q4_1,
  gguf_q5_0,
  gguf_q5_1,
  gguf_q8_0,
  gguf_q8_1,
  gguf_q2_k,
  gguf_q3_k,
  gguf_q4_k,
  gguf_q5_k,
  gguf_q6_k,
  gguf_q8_k,
  gguf_iq1_s,
  gguf_iq1_m,
  gguf_iq2_xxs,
  gguf_iq2_xs,
  gguf_iq2_s,
  gguf_iq3_xxs,
  gguf_iq3_s,
  gguf_iq4_nl,
  gguf_iq4_xs,
  gguf_tq1_0,
  gguf_tq2_0,
  gguf_mxfp4,
  gguf_nvfp4,
  gguf_q1_0,
  count,
};

/// One format. A matrix of `rows` outputs by `cols` inputs stores `code_bits` for each weight, `group_bits` for each
/// group of weights (scales, zero points; for GGUF block types the whole block), and the three additions. Formats of
/// the GGUF block kind have code_bits 0.
struct WeightFormat {
  WeightFormatId id;
  std::string_view name;   ///< key in JSON, lower case
  std::string_view label;  ///< as people write it
  int code_bits;           ///< packed bits of one weight
  int group_cols = 0;      ///< weights along the input that share a group; 0 = the whole row
  int group_bits = 0;      ///< bits of one group
  int group_rows = 1;      ///< outputs that share a group (128 for block-scaled FP8)
  bool flat = false;       ///< groups run through the flattened tensor instead of along rows (bitsandbytes)
  int super_group = 0;     ///< groups that share one second-level scale (double quantisation); 0 = none
  int super_group_bits = 0;
  double extra_bytes_per_output_row = 0.0;
  double extra_bytes_per_input = 0.0;
  double extra_bytes_per_tensor = 0.0;
  int ggml_type = -1;  ///< type number in a GGUF file, -1 = not a GGUF type

  /// Elements of one indivisible block of the format; 1 when any length can be stored.
  [[nodiscard]] constexpr int block_elements() const { return code_bits == 0 ? group_cols : 1; }
  /// Bytes of one such block (0 for formats that pack below a byte).
  [[nodiscard]] constexpr int block_bytes() const { return (code_bits == 0 ? group_bits : code_bits) / 8; }
  /// Bits per weight of a large matrix, without the parts that depend on its shape.
  [[nodiscard]] constexpr double bits_per_weight() const {
    double bits = code_bits;
    if (group_cols > 0) bits += static_cast<double>(group_bits) / (static_cast<double>(group_cols) * group_rows);
    if (super_group > 0)
      bits += static_cast<double>(super_group_bits) / (static_cast<double>(group_cols) * super_group);
    return bits;
  }
};

namespace detail {

constexpr WeightFormat plain(WeightFormatId id, std::string_view name, std::string_view label, int bits,
                             int ggml_type = -1) {
  WeightFormat f{id, name, label, bits};
  f.ggml_type = ggml_type;
  return f;
}

/// GPTQ and AWQ: packed codes, one fp16 scale and one packed zero point per group and output (0 = one group per row).
constexpr WeightFormat grouped(WeightFormatId id, std::string_view name, std::string_view label, int bits, int group,
                               double per_input = 0.0) {
  WeightFormat f{id, name, label, bits, group, 16 + bits};
  f.extra_bytes_per_input = per_input;
  return f;
}

/// bitsandbytes 4-bit: one fp32 absmax per 64 weights, or with double quantisation one byte per 64 and one fp32 per 256
/// of those.
constexpr WeightFormat bnb4(WeightFormatId id, std::string_view name, std::string_view label, bool double_quant) {
  WeightFormat f{id, name, label, 4, 64, double_quant ? 8 : 32};
  f.flat = true;
  if (double_quant) f.super_group = 256;
  if (double_quant) f.super_group_bits = 32;
  return f;
}

constexpr WeightFormat per_row_scale(WeightFormatId id, std::string_view name, std::string_view label) {
  WeightFormat f{id, name, label, 8};
  f.extra_bytes_per_output_row = 4.0;
  return f;
}

constexpr WeightFormat scaled(WeightFormatId id, std::string_view name, std::string_view label, int bits,
                              int group_cols, int group_bits, int group_rows = 1, double per_tensor = 0.0) {
  WeightFormat f{id, name, label, bits, group_cols, group_bits, group_rows};
  f.extra_bytes_per_tensor = per_tensor;
  return f;
}

constexpr WeightFormat gguf(WeightFormatId id, std::string_view name, std::string_view label, int elements, int bytes,
                            int ggml_type) {
  WeightFormat f{id, name, label, 0, elements, bytes * 8};
  f.ggml_type = ggml_type;
  return f;
}

}  // namespace detail

/// All formats in the order of WeightFormatId. Sources: the block layouts in ggml-common.h (GGUF), the OCP Microscaling
/// specification (MX), bitsandbytes' blockwise kernels, AutoGPTQ and AutoAWQ packing, NVIDIA's NVFP4 description.
inline constexpr std::array<WeightFormat, static_cast<std::size_t>(WeightFormatId::count)> kWeightFormats = {{
    detail::plain(WeightFormatId::fp32, "fp32", "F32", 32, 0),
    detail::plain(WeightFormatId::fp16, "fp16", "F16", 16, 1),
    detail::plain(WeightFormatId::bf16, "bf16", "BF16", 16, 30),
    detail::plain(WeightFormatId::fp64, "fp64", "F64", 64, 28),
    detail::plain(WeightFormatId::int64, "int64", "I64", 64, 27),
    detail::plain(WeightFormatId::int32, "int32", "I32", 32, 26),
    detail::plain(WeightFormatId::int16, "int16", "I16", 16, 25),
    detail::plain(WeightFormatId::int8_raw, "int8-raw", "I8", 8, 24),
    detail::scaled(WeightFormatId::fp8_tensor, "fp8", "FP8 (one scale per tensor)", 8, 0, 0, 1, 4.0),
    detail::per_row_scale(WeightFormatId::fp8_channel, "fp8-channel", "FP8 (one scale per output channel)"),
    detail::scaled(WeightFormatId::fp8_block, "fp8-block", "FP8 (one scale per 128 x 128 block)", 8, 128, 32, 128),
    detail::per_row_scale(WeightFormatId::int8, "int8", "INT8 (LLM.int8)"),
    detail::plain(WeightFormatId::int4, "int4", "INT4 (no scales)", 4),
    detail::bnb4(WeightFormatId::nf4, "nf4", "NF4", false),
    detail::bnb4(WeightFormatId::nf4_dq, "nf4-dq", "NF4 with double quantisation", true),
    detail::bnb4(WeightFormatId::fp4, "fp4", "FP4", false),
    detail::bnb4(WeightFormatId::fp4_dq, "fp4-dq", "FP4 with double quantisation", true),
    detail::grouped(WeightFormatId::gptq2_g32, "gptq-2bit-g32", "GPTQ 2-bit, group 32", 2, 32),
    detail::grouped(WeightFormatId::gptq2_g64, "gptq-2bit-g64", "GPTQ 2-bit, group 64", 2, 64),
    detail::grouped(WeightFormatId::gptq2_g128, "gptq-2bit-g128", "GPTQ 2-bit, group 128", 2, 128),
    detail::grouped(WeightFormatId::gptq3_g32, "gptq-3bit-g32", "GPTQ 3-bit, group 32", 3, 32),
    detail::grouped(WeightFormatId::gptq3_g64, "gptq-3bit-g64", "GPTQ 3-bit, group 64", 3, 64),
    detail::grouped(WeightFormatId::gptq3_g128, "gptq-3bit-g128", "GPTQ 3-bit, group 128", 3, 128),
    detail::grouped(WeightFormatId::gptq4_g32, "gptq-4bit-g32", "GPTQ 4-bit, group 32", 4, 32),
    detail::grouped(WeightFormatId::gptq4_g64, "gptq-4bit-g64", "GPTQ 4-bit, group 64", 4, 64),
    detail::grouped(WeightFormatId::gptq4_g128, "gptq-4bit-g128", "GPTQ 4-bit, group 128", 4, 128),
    detail::grouped(WeightFormatId::gptq4_row, "gptq-4bit-row", "GPTQ 4-bit, one group per row", 4, 0),
    detail::grouped(WeightFormatId::gptq8_g32, "gptq-8bit-g32", "GPTQ 8-bit, group 32", 8, 32),
    detail::grouped(WeightFormatId::gptq8_g64, "gptq-8bit-g64", "GPTQ 8-bit, group 64", 8, 64),
    detail::grouped(WeightFormatId::gptq8_g128, "gptq-8bit-g128", "GPTQ 8-bit, group 128", 8, 128),
    detail::grouped(WeightFormatId::gptq8_row, "gptq-8bit-row", "GPTQ 8-bit, one group per row", 8, 0),
    detail::grouped(WeightFormatId::gptq4_g128_act, "gptq-4bit-g128-actorder", "GPTQ 4-bit, group 128, act-order", 4,
                    128, 4.0),
    detail::grouped(WeightFormatId::gptq8_g128_act, "gptq-8bit-g128-actorder", "GPTQ 8-bit, group 128, act-order", 8,
                    128, 4.0),
    detail::grouped(WeightFormatId::awq4_g32, "awq-4bit-g32", "AWQ 4-bit, group 32", 4, 32),
    detail::grouped(WeightFormatId::awq4_g64, "awq-4bit-g64", "AWQ 4-bit, group 64", 4, 64),
    detail::grouped(WeightFormatId::awq4_g128, "awq-4bit-g128", "AWQ 4-bit, group 128", 4, 128),
    detail::scaled(WeightFormatId::mxfp8, "mxfp8", "MXFP8", 8, 32, 8),
    detail::scaled(WeightFormatId::mxfp4, "mxfp4", "MXFP4", 4, 32, 8),
    detail::scaled(WeightFormatId::nvfp4, "nvfp4", "NVFP4", 4, 16, 8, 1, 4.0),
    detail::gguf(WeightFormatId::gguf_q4_0, "q4_0", "Q4_0", 32, 18, 2),
    detail::gguf(WeightFormatId::gguf_q4_1, "q4_1", "Q4_1", 32, 20, 3),
    detail::gguf(WeightFormatId::gguf_q5_0, "q5_0", "Q5_0", 32, 22, 6),
    detail::gguf(WeightFormatId::gguf_q5_1, "q5_1", "Q5_1", 32, 24, 7),
    detail::gguf(WeightFormatId::gguf_q8_0, "q8_0", "Q8_0", 32, 34, 8),
    detail::gguf(WeightFormatId::gguf_q8_1, "q8_1", "Q8_1", 32, 40, 9),
    detail::gguf(WeightFormatId::gguf_q2_k, "q2_k", "Q2_K", 256, 84, 10),
    detail::gguf(WeightFormatId::gguf_q3_k, "q3_k", "Q3_K", 256, 110, 11),
    detail::gguf(WeightFormatId::gguf_q4_k, "q4_k", "Q4_K", 256, 144, 12),
    detail::gguf(WeightFormatId::gguf_q5_k, "q5_k", "Q5_K", 256, 176, 13),
    detail::gguf(WeightFormatId::gguf_q6_k, "q6_k", "Q6_K", 256, 210, 14),
    detail::gguf(WeightFormatId::gguf_q8_k, "q8_k", "Q8_K", 256, 292, 15),
    detail::gguf(WeightFormatId::gguf_iq1_s, "iq1_s", "IQ1_S", 256, 50, 19),
    detail::gguf(WeightFormatId::gguf_iq1_m, "iq1_m", "IQ1_M", 256, 56, 29),
    detail::gguf(WeightFormatId::gguf_iq2_xxs, "iq2_xxs", "IQ2_XXS", 256, 66, 16),
    detail::gguf(WeightFormatId::gguf_iq2_xs, "iq2_xs", "IQ2_XS", 256, 74, 17),
    detail::gguf(WeightFormatId::gguf_iq2_s, "iq2_s", "IQ2_S", 256, 82, 22),
    detail::gguf(WeightFormatId::gguf_iq3_xxs, "iq3_xxs", "IQ3_XXS", 256, 98, 18),
    detail::gguf(WeightFormatId::gguf_iq3_s, "iq3_s", "IQ3_S", 256, 110, 21),
    detail::gguf(WeightFormatId::gguf_iq4_nl, "iq4_nl", "IQ4_NL", 32, 18, 20),
    detail::gguf(WeightFormatId::gguf_iq4_xs, "iq4_xs", "IQ4_XS", 256, 136, 23),
    detail::gguf(WeightFormatId::gguf_tq1_0, "tq1_0", "TQ1_0", 256, 54, 34),
    detail::gguf(WeightFormatId::gguf_tq2_0, "tq2_0", "TQ2_0", 256, 66, 35),
    detail::gguf(WeightFormatId::gguf_mxfp4, "gguf-mxfp4", "MXFP4", 32, 17, 39),
    detail::gguf(WeightFormatId::gguf_nvfp4, "gguf-nvfp4", "NVFP4", 64, 36, 40),
    detail::gguf(WeightFormatId::gguf_q1_0, "q1_0", "Q1_0", 128, 18, 41),
}};

[[nodiscard]] constexpr const WeightFormat& format_of(WeightFormatId id) {
  return kWeightFormats[static_cast<std::size_t>(id)];
}
[[nodiscard]] constexpr std::string_view name_of(WeightFormatId id) { return format_of(id).name; }

/// Whole bytes of a matrix of `rows` outputs by `cols` inputs, rounded up once. Exact below 2^53 bits; 0 for an empty
/// matrix. bytes = ceil((rows * cols * code_bits + groups * group_bits + super_groups * super_group_bits) / 8) +
/// additions
[[nodiscard]] inline double stored_bytes(WeightFormatId id, std::int64_t rows, std::int64_t cols) {
  if (rows <= 0 || cols <= 0) return 0.0;
  const WeightFormat& f = format_of(id);
  const double outputs = static_cast<double>(rows);
  const double inputs = static_cast<double>(cols);
  double bits = outputs * inputs * f.code_bits;
  if (f.group_bits > 0) {
    const double width = f.group_cols > 0 ? f.group_cols : inputs;
    const double groups =
        f.flat ? std::ceil(outputs * inputs / width) : std::ceil(outputs / f.group_rows) * std::ceil(inputs / width);
    bits += groups * f.group_bits;
    if (f.super_group > 0) bits += std::ceil(groups / f.super_group) * f.super_group_bits;
  }
  return std::ceil(bits / 8.0 + outputs * f.extra_bytes_per_output_row + inputs * f.extra_bytes_per_input +
                   f.extra_bytes_per_tensor);
}

/// Looks a format up by name or label, ignoring case; also the short names "gptq", "awq", "int8", "fp8", "f16",
/// "float16" ...
[[nodiscard]] std::optional<WeightFormatId> weight_format_by_name(std::string_view name);

/// The format of a GGUF type number, empty for numbers that were removed or are not known yet.
[[nodiscard]] std::optional<WeightFormatId> weight_format_of_ggml_type(std::uint32_t ggml_type);

/// GGUF file types that llama-quantize writes: mixtures of tensor types chosen by the tensor's role and layer.
enum class GgufMixture : unsigned char {
  f32,
  f16,
  bf16,
  q4_0,
  q4_1,
  q5_0,
  q5_1,
  q8_0,
  q2_k,
  q2_k_s,
  q3_k_s,
  q3_k_m,
  q3_k_l,
  q4_k_s,
  q4_k_m,
  q5_k_s,
  q5_k_m,
  q6_k,
  iq1_s,
  iq1_m,
  iq2_xxs,
  iq2_xs,
  iq2_s,
  iq2_m,
  iq3_xxs,
  iq3_xs,
  iq3_s,
  iq3_m,
  iq4_nl,
  iq4_xs,
  tq1_0,
  tq2_0,
  mxfp4_moe,
  count,
};

/// "Q4_K_M" and so on.
[[nodiscard]] std::string_view name_of(GgufMixture mixture);
/// By name, ignoring case; the short names Q3_K, Q4_K and Q5_K mean their medium variants, as llama-quantize reads
/// them.
[[nodiscard]] std::optional<GgufMixture> gguf_mixture_by_name(std::string_view name);
/// By the value of `general.file_type`.
[[nodiscard]] std::optional<GgufMixture> gguf_mixture_of_file_type(std::int64_t file_type);

/// How the weights of a run are packed: not at all, every matrix in one format, or a GGUF mixture.
struct Quantization {
  enum class Kind : unsigned char { none, format, mixture };
  Kind kind = Kind::none;
  WeightFormatId format = WeightFormatId::bf16;
  GgufMixture mixture = GgufMixture::f16;

  bool operator==(const Quantization&) const = default;
};

/// "none", a mixture ("q4_k_m", "q8_0") or a weight format ("awq"), ignoring case. GGUF types mean the file of that name.
[[nodiscard]] std::optional<Quantization> quantization_by_name(std::string_view name);
[[nodiscard]] std::string_view name_of(const Quantization& quantization);

/// What a tensor does, as far as the mixtures care.
enum class TensorRole : unsigned char {
  token_embedding,
  output,
  attention_q,
  attention_k,
  attention_v,
  attention_qkv,
  attention_output,
  ffn_up,
  ffn_gate,
  ffn_down,
  other,  ///< any other quantised matrix, the down and up projections of latent attention included
  kept,   ///< norms, biases, routers, convolutions, position tables: stored as F32
};

/// One tensor of a model about to be quantised.
struct GgufTensor {
  TensorRole role = TensorRole::other;
  std::int64_t cols = 0;  ///< row length (inputs)
  int layer = 0;          ///< index of its layer; for attention_v counted among the layers that have one
  int n_layers = 1;       ///< layers in the model; for attention_v the layers that have one
  int n_gqa = 1;          ///< query heads per key/value head
  int n_experts = 0;
  bool expert = false;  ///< a stacked expert matrix
  bool tied = false;    ///< the file has no separate output matrix
  bool importance_matrix = false;
};

/// The type llama-quantize stores this tensor in. Rules of llama.cpp as its published load logs show them (2024 to
/// 2025), without the Falcon exceptions and the "dynamic" mixtures of third parties. llama.cpp of 2026 treats fused
/// attention matrices like attn_v, which changes them by at most 1 bit.
[[nodiscard]] WeightFormatId gguf_tensor_type(GgufMixture mixture, const GgufTensor& tensor);

}  // namespace vram
