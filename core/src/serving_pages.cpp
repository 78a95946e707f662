// What an engine's pool is worth: pages, requests, tokens. The rules of vLLM's V1 cache manager (v1/core/kv_cache_utils.py).
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "vram/estimate.h"

namespace vram {

namespace {

double round_up(double value, double step) { return std::ceil(value / step) * step; }

/// Tokens that one request of `length` books in a windowed cache: with chunked prefill the window and a chunk, but no more than
/// all tokens, and a block more because the window may begin within one.
double booked_window_tokens(const ServingRun& s, double window, double length, double block) {
  if (s.window_chunk <= 0) return std::min(length, round_up(window * s.window_sequences + s.window_extra, s.window_pad) / s.window_sequences);
  return round_up(std::min(window - 1.0 + s.window_chunk, length), block) + block;
}

}  // namespace

Evaluator::PageLayout Evaluator::page_layout(const ServingRun& s, const StageServing& stage) const {
  PageLayout pages;
  pages.block_tokens = pages.least_tokens = s.block_tokens;
  if (s.groups_layers && stage.indexed_layers + stage.pooled_layers > 0) {
    layout_compressed(stage, pages);
    return pages;
  }
  const double full = stage.growing_layers + (s.draft_layers > 0 ? s.draft_layers : 0.0);
  if (!s.groups_layers || stage.growing_layers <= 0 || (stage.window_count == 0 && stage.state_layers <= 0)) return pages;
  const double token = stage.growing / stage.growing_layers;
  double least = full;
  double most = full;
  double widest = token;
  for (std::size_t w = 0; w < stage.window_count; ++w) widest = std::max(widest, stage.windows[w].bytes / stage.windows[w].layers);
  // Pages get one size: layers whose tokens take less hold more of them in a block, where that comes out even.
  const auto tokens_of = [&](double bytes) { return s.block_tokens * std::round(widest / bytes); };
  const auto fits = [&](double bytes) {
    const double times = std::round(widest / bytes);
    return std::abs(widest / bytes - times) < 1e-6 && (times == 1.0 || stage.state_layers <= 0);
  };
  bool all_fit = fits(token);
  for (std::size_t w = 0; w < stage.window_count; ++w) all_fit = all_fit && fits(stage.windows[w].bytes / stage.windows[w].layers);
  if (!all_fit) return pages;
  pages.block_tokens = tokens_of(token);
  for (std::size_t w = 0; w < stage.window_count; ++w) {
    const WindowCache& row = stage.windows[w];
    pages.window_tokens[w] = tokens_of(row.bytes / row.layers);
    least = std::min(least, row.layers);
    most = std::max(most, row.layers);
  }
  if (stage.state_layers > 0) {
    least = std::min(least, stage.state_layers);
    most = std::max(most, stage.state_layers);
    // A block of attention holds so many tokens that a state fits into its page.
    pages.block_tokens = s.block_tokens * std::max(1.0, std::ceil(stage.state_page / (s.block_tokens * token)));
    pages.window_tokens.fill(pages.block_tokens);
    pages.least_tokens = pages.block_tokens;
  }
  pages.used = true;
  pages.page_bytes = token * pages.block_tokens;
  pages.group_layers = most < least * s.group_slack ? most : least;
  const auto groups = [&](double layers) { return std::ceil(layers / pages.group_layers); };
  pages.full_groups = groups(full);
  pages.state_groups = groups(stage.state_layers);
  pages.groups = pages.full_groups + pages.state_groups;
  for (std::size_t w = 0; w < stage.window_count; ++w) {
    pages.window_groups[w] = groups(stage.windows[w].layers);
    pages.groups += pages.window_groups[w];
  }
  return pages;
}

double Evaluator::request_bytes(const ServingRun& s, const StageServing& stage, const PageLayout& pages, double tokens) const {
  if (pages.compressed) return compressed_blocks(s, stage, tokens) * pages.page_bytes;
  const double length = round_up(tokens, pages.block_tokens);
  if (pages.used) {
    double blocks = pages.full_groups * length / pages.block_tokens + pages.state_groups * s.state_blocks;
    for (std::size_t w = 0; w < stage.window_count; ++w) {
      const double block = pages.window_tokens[w];
      blocks += pages.window_groups[w] * booked_window_tokens(s, stage.windows[w].window, round_up(tokens, block), block) / block;
    }
    return blocks * pages.group_layers * pages.page_bytes + s.draft_token_bytes * length;
  }
  double bytes = (stage.growing + s.draft_token_bytes) * length + stage.constant;
  for (std::size_t w = 0; w < stage.window_count; ++w) {
    bytes += stage.windows[w].bytes * booked_window_tokens(s, stage.windows[w].window, length, pages.block_tokens);
  }
  if (s.draft_layers > 0) bytes += s.draft_layers * stage.growing / std::max(1.0, stage.growing_layers) * length;
  return bytes;
}

ServingFigures Evaluator::serving(const Run& run, const MemoryEstimate& estimate) const {
  ServingFigures figures;
  const StageServing& stage = serving_[static_cast<std::size_t>(estimate.worst_stage)];
  const ServingRun& s = run.serving;
  const PageLayout pages = page_layout(s, stage);
  const auto request = [&](double tokens) { return request_bytes(s, stage, pages, tokens); };
  figures.request_bytes = request(run.sequence);
  figures.state_bytes = stage.constant;
  const bool by_blocks = pages.used && s.prints_blocks && !pages.compressed;
  const double block_bytes = pages.group_layers * pages.page_bytes;  // of one group
  figures.bytes_per_token = by_blocks ? pages.groups * block_bytes / pages.least_tokens
                                      : figures.request_bytes / (pages.used ? std::max(1.0, run.sequence) : round_up(std::max(1.0, run.sequence), s.block_tokens));
  figures.load_peak_bytes = static_cast<double>(estimate.timeline[0].terms.total().value);
  figures.host_bytes = estimate.host_bytes + estimate.host_cache_bytes;
  figures.limited = s.capacity_bytes > 0;
  if (!figures.limited) return figures;
  const double rest = static_cast<double>(estimate.needed().value) - estimate.kv_in_use;
  if (figures.request_bytes <= 0) return figures;  // nothing is kept: no pool
  figures.pool_bytes = estimate.pool_bytes >= 0 ? estimate.pool_bytes : std::max(0.0, s.capacity_bytes - rest);
  const double blocks = pages.used ? std::floor(figures.pool_bytes / block_bytes) : 0.0;
  figures.max_concurrency = (pages.used ? blocks * block_bytes : figures.pool_bytes) / figures.request_bytes;
  figures.pool_tokens = by_blocks    ? std::floor(blocks / pages.groups) * pages.least_tokens
                        : pages.used ? std::floor(figures.max_concurrency * run.sequence)
                                     : std::floor(figures.max_concurrency * round_up(run.sequence, s.block_tokens) / s.block_tokens) * s.block_tokens;
  const double each = figures.pool_bytes / s.states;
  double low = 0;
  double high = inventory_.max_length > 0 ? static_cast<double>(inventory_.max_length) : 16777216.0;
  if (request(high) <= each) low = high;
  while (high - low > 1) {
    const double middle = std::floor((low + high) / 2);
    (request(middle) <= each ? low : high) = middle;
  }
  figures.max_context_length = low;
  return figures;
}

}  // namespace vram
