// Readers of parsed configs; the public door is vram/model_json.h.
// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "config_types.h"
#include "json_fields.h"
#include "vram/issue.h"
#include "vram/model.h"
#include "vram/model_json.h"

namespace vram {

/// The same as model_from_config(text) for JSON that is parsed already.
[[nodiscard]] ModelResult model_from_config(const nlohmann::json& config);

/// {"family": "llama", "parameters": 7e9, ...}: every further member fixes one dimension (see FamilyRequest).
[[nodiscard]] ModelResult model_from_family(const nlohmann::json& request);

/// {"tensors": [{"name", "shape", "type", "bytes", "repeat"}, ...], "metadata": {...}}: a header as tensor_file_json writes it.
[[nodiscard]] ModelResult model_from_tensors(const nlohmann::json& request);

/// Fills `model` from a decoder's config. `nested`: the object is the text part of a larger config, where leaving out
/// sizes that equal the library's defaults is usual.
void read_decoder_config(const nlohmann::json& config, const ConfigType& type, std::string path, bool nested, Issues& issues, ModelConfig& model);

void read_bert_config(const JsonFields& fields, std::string_view model_type, ModelConfig& model);
void read_t5_config(const JsonFields& fields, ModelConfig& model);
void read_bart_config(const JsonFields& fields, ModelConfig& model);
void read_whisper_config(const JsonFields& fields, ModelConfig& model);

void read_vit_config(const JsonFields& fields, std::string_view model_type, ModelConfig& model);
void read_swin_config(const JsonFields& fields, ModelConfig& model);
void read_clip_config(const nlohmann::json& config, Issues& issues, ModelConfig& model);
void read_vlm_config(const nlohmann::json& config, std::string_view model_type, Issues& issues, ModelConfig& model);

/// Reports sizes without which no estimate means anything: absent, or zero.
void require_sizes(const JsonFields& fields, std::initializer_list<std::string_view> names, bool nested);
/// Reports heads that do not divide what they must.
void check_heads(const JsonFields& fields, const ModelConfig& model);
/// Labels of a classifier: the named ones, or two.
[[nodiscard]] std::int64_t class_count(const JsonFields& fields);

/// Sizes of a tower under the names most configs use, and those of a CLIP tower.
void read_tower_sizes(const JsonFields& fields, VisionTower& tower);
void read_clip_tower(const JsonFields& fields, VisionTower& tower);
/// Flamingo-style: gated cross-attention layers between those of a decoder, and a perceiver resampler (IDEFICS).
void read_idefics_config(const nlohmann::json& config, Issues& issues, ModelConfig& model);
void read_idefics2_projector(const JsonFields& fields, Issues& issues, ModelConfig& model);
/// What Gemma-3n and Gemma-4 decoders have beyond other decoders, once their layers stand.
void read_gemma_decoder(const JsonFields& fields, const ConfigType& type, ModelConfig& model);
/// Their towers for images and sound, and what joins them.
void read_gemma_towers(const JsonFields& fields, std::string_view model_type, Issues& issues, ModelConfig& model);

/// One warning that lists the sizes taken from the library's defaults.
void report_defaults(const JsonFields& fields, std::string_view model_type, Issues& issues);

}  // namespace vram
