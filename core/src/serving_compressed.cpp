// Pages of keys that each stand for several tokens (DeepSeek-V4), as vLLM lays them out since 0.20: v1/core/kv_cache_utils.py
// (_get_kv_cache_groups_uniform_groups, _get_kv_cache_config_deepseek_v4), models/deepseek_v4/{attention,compressor}.py. A log of
// 0.22 (37.93 GiB, length 256 000) prints 2 497 693 tokens; these rules give 2 497 564, the rest is the rounding of the pool.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "vram/estimate.h"

namespace vram {

namespace {

constexpr double kAlignment = 576;  // FlashMLA's; every page is a multiple
constexpr double page(double bytes) {
  const double rest = bytes - kAlignment * static_cast<double>(static_cast<std::int64_t>(bytes / kAlignment));
  return rest > 0 ? bytes - rest + kAlignment : bytes;
}
// A key takes 448 B in fp8, 64 rotated elements in 16 bit and 8 B of scales; one of the indexer 128 B and a scale in fp32.
constexpr double kKey = 584, kIndexKey = 132;
constexpr double kBlock = 256;  // tokens: 64 keys of layers that pool 4 tokens, 2 of those that pool 128
constexpr double kIndexedPage = page(64 * kKey), kIndexPage = page(64 * kIndexKey), kPooledPage = page(2 * kKey);

/// Blocks of `tokens` each that a window keeps while a prompt arrives in chunks.
double window_blocks(const ServingRun& s, double window, double length, double tokens) {
  return std::ceil(std::min(window - 1.0 + s.window_chunk, length) / tokens) + 1.0;
}

/// Bytes of one block of the group that keeps every token.
double group_bytes(double indexed, double pooled) { return indexed * (kIndexedPage + kIndexPage) + pooled * kPooledPage; }

}  // namespace

/// A block holds one page of every size for each of `rows` layers; groups have as many rows each, so that little is wasted.
void Evaluator::layout_compressed(const StageServing& stage, PageLayout& pages) {
  const double least = std::max(stage.indexed_layers, stage.pooled_layers);
  double rows = least;
  double waste = -1;
  for (double width = least; width <= stage.compressed_layers; width += 1) {
    double padded = 0;
    for (const double layers : {least, stage.compressed_layers, stage.indexed_layers, stage.pooled_layers}) padded += std::ceil(layers / width) * width - layers;
    if (waste >= 0 && padded > waste) continue;
    waste = padded;
    rows = width;
  }
  const double window_rows = std::ceil(stage.compressed_layers / std::ceil(stage.compressed_layers / rows));
  pages.used = pages.compressed = true;
  pages.block_tokens = pages.least_tokens = kBlock;
  pages.groups = pages.group_layers = 1;
  const double sizes = (stage.indexed_layers > 0 ? kIndexedPage + kIndexPage : 0.0) + (stage.pooled_layers > 0 ? kPooledPage : 0.0);
  pages.page_bytes = sizes * std::max(least, window_rows);
}

/// What one request books, in blocks of the first group: its keys, the windows of all layers in pages of 64 tokens, and the
/// fp32 keys and scores that wait to be pooled, in pages of 4 and 8.
double Evaluator::compressed_blocks(const ServingRun& s, const StageServing& stage, double tokens) {
  const double group = group_bytes(stage.indexed_layers, stage.pooled_layers);
  const double windows = window_blocks(s, 128, tokens, 64) * stage.compressed_layers * kIndexedPage;
  const double indexed = window_blocks(s, 8, tokens, 4) * stage.indexed_layers * (kIndexedPage + kIndexPage);
  const double pooled = window_blocks(s, 128, tokens, 8) * stage.pooled_layers * kIndexedPage;
  return std::ceil((std::ceil(tokens / kBlock) * group + windows + indexed + pooled) / group);
}

}  // namespace vram
