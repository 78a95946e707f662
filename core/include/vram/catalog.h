// The built-in models and accelerators, by id, by name and by search. The rows come from core/data at build time.
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "vram/hardware.h"

namespace vram {

enum class ModelKind : unsigned char { decoder, moe, multimodal, encoder, encoder_decoder, vit, cnn };

/// The names of ModelKind as they stand in the data: "decoder", "encoder-decoder", ...
[[nodiscard]] std::string_view name_of(ModelKind kind);

/// What goes into a model.
struct ModelInputs {
  bool text = false;
  bool image = false;
  bool video = false;  ///< frames are merged in time; other models take frames as images
  bool audio = false;
};

/// One row of the model catalog. Text is UTF-8 and lives as long as the program.
struct CatalogModel {
  std::string_view id;  ///< `organisation/name` as on the Hugging Face hub, or `torchvision/...`, `ultralytics/...`
  std::string_view name;
  std::string_view family;
  ModelKind kind = ModelKind::decoder;
  ModelInputs inputs;
  bool published_exact = false;  ///< the published count is the exact integer, not a rounded figure
  int year = 0;
  std::int64_t published_parameters = 0;         ///< trainable values, tied matrices once; 0 = not published
  std::int64_t published_active_parameters = 0;  ///< per token, as the publisher counts; 0 = not published
  std::int64_t checkpoint_parameters = 0;        ///< values in the published file, where that differs; else 0
  std::int64_t checkpoint_extra = 0;             ///< the part of them the model itself does not have
  double published_tolerance = 0.01;             ///< relative; how far a rounded figure may be off
  std::string_view structure;  ///< compact JSON of the structural keys; empty for CNN rows (see cnn.h)
};

[[nodiscard]] std::span<const CatalogModel> catalog_models();
[[nodiscard]] std::span<const GpuSpec> catalog_gpus();

/// The model of that id, or of that name, or whose id ends in `/query` when only one does. Letter case, spaces and
/// punctuation do not matter. nullptr when there is none. Allocates nothing.
[[nodiscard]] const CatalogModel* find_model(std::string_view query);

/// The model of which the query names a tuned or packed checkpoint of the same shape: its id with "-Instruct", "-Chat", "-it",
/// "-AWQ", "-GPTQ-Int4", "-FP8" and the like behind it. nullptr when there is none. Allocates nothing.
[[nodiscard]] const CatalogModel* find_base_of(std::string_view query);

/// Models that contain every word of the query, best first: the very name, then whole words before word beginnings
/// before other places, then the shorter name. An empty query lists the catalog in its own order.
[[nodiscard]] std::vector<const CatalogModel*> search_models(std::string_view query, std::size_t limit);

enum class LookupStatus : unsigned char {
  exact,      ///< `gpu` has that id
  alias,      ///< `gpu` has that name or alias
  partial,    ///< `gpu` is the only one whose id begins so or, where none does, contains it as whole words
  ambiguous,  ///< several ids do: see `candidates`, shortest id first
  unknown,    ///< none does: `candidates` are the nearest ids
};

struct GpuLookup {
  static constexpr std::size_t kMaxCandidates = 8;

  LookupStatus status = LookupStatus::unknown;
  const GpuSpec* gpu = nullptr;  ///< null when ambiguous or unknown
  std::array<const GpuSpec*, kMaxCandidates> candidates{};
  std::size_t candidate_count = 0;
  std::size_t match_count = 0;  ///< how many matched in all; may exceed candidate_count
};

/// Finds an accelerator by id, name, alias or unambiguous beginning of an id. Letter case, spaces and punctuation do
/// not matter ("RTX 4090" is `rtx-4090`). Allocates nothing.
[[nodiscard]] GpuLookup find_gpu(std::string_view query);

/// The usable bytes of a part bought with `memory_bytes` of memory: of the matching option, else in proportion.
[[nodiscard]] std::int64_t usable_bytes_of(const GpuSpec& gpu, std::int64_t memory_bytes);

}  // namespace vram
