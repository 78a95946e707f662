// What the images and video frames of a scenario become in the tower and in the language model.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "vram/inventory.h"

namespace vram {

/// One image at the size asked for: tower tokens, language tokens, elements of the tensor the model takes.
struct ImageTokens {
  double patches = 0, tokens = 0, elements = 0;
};

/// patches = floor(size / patch_size)^2 + extra, tokens = floor(size / patch_size)^2 / merge^2. `size` 0 = the model's own;
/// towers whose tokens do not grow with the image stay as they are.
[[nodiscard]] ImageTokens image_tokens(const Inventory& inventory, std::int64_t size);

/// images + ceil(frames / temporal patch size): a tower that merges frames in time takes each group as it takes one image,
/// and fills the last group up (Qwen2-VL, section 2.1, and its processor, which repeats the last frame). Others take every
/// frame as an image.
[[nodiscard]] double pictures_of(const Inventory& inventory, std::int64_t images, std::int64_t frames);

}  // namespace vram
