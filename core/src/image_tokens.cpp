// Images and video frames.
// SPDX-License-Identifier: MIT
#include "image_tokens.h"

#include <algorithm>

namespace vram {

ImageTokens image_tokens(const Inventory& inventory, std::int64_t size) {
  ImageTokens image{static_cast<double>(inventory.fixed_patches), static_cast<double>(inventory.image_tokens), inventory.image_elements};
  if (size <= 0 || inventory.patch_size <= 0) return image;
  const std::int64_t side = std::max<std::int64_t>(1, size / inventory.patch_size);
  const double patches = static_cast<double>(side) * static_cast<double>(side);
  image.elements *= patches / std::max(1.0, image.patches - static_cast<double>(inventory.patch_extra));
  image.patches = patches + static_cast<double>(inventory.patch_extra);
  if (inventory.patch_merge > 0) image.tokens = patches / static_cast<double>(inventory.patch_merge * inventory.patch_merge);
  return image;
}

double pictures_of(const Inventory& inventory, std::int64_t images, std::int64_t frames) {
  const std::int64_t group = std::max<std::int64_t>(1, inventory.frames_per_image);
  return static_cast<double>(images + (frames + group - 1) / group);
}

}  // namespace vram
