// Models from text: a catalog row or a Hugging Face config.json becomes a ModelConfig, with every doubt as an issue.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include "vram/issue.h"
#include "vram/model.h"

namespace vram {

/// A model and what there is to say about it. With an error among the issues the model must not be used.
struct ModelResult {
  ModelConfig model;
  Issues issues;
};

/// Largest values taken from a config. Beyond them nothing real exists, and products would leave 64 bits.
inline constexpr std::int64_t kMaxLayers = 1'000'000;
inline constexpr std::int64_t kMaxWidth = 100'000'000;
inline constexpr std::int64_t kMaxSize = 1'000'000'000;

/// The catalog model of that id, name or unambiguous tail of an id (see catalog.h).
[[nodiscard]] ModelResult model_from_catalog(std::string_view id);

/// A config.json as the Hugging Face hub stores it. An unknown `model_type` is read as a Llama-like decoder, with a
/// warning that names the nearest known type. Keys that the library would fill from its defaults are filled, with a
/// warning, except the sizes without which no estimate means anything.
[[nodiscard]] ModelResult model_from_config(std::string_view json_text);

/// Whether the model's sizes multiply to a count this program can hold (2^53 parameters); else adds an error.
bool check_model_size(const ModelConfig& model, Issues& issues);

}  // namespace vram
