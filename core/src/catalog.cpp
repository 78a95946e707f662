// Lookups in the built-in catalog; the tables themselves are generated from core/data.
// SPDX-License-Identifier: MIT
#include "vram/catalog.h"

#include <algorithm>
#include <array>
#include <string>

#include "edit_distance.h"
#include "slug.h"

namespace vram {
namespace {

constexpr std::array<std::string_view, 7> kKindNames = {"decoder",         "moe", "multimodal", "encoder",
                                                        "encoder-decoder", "vit", "cnn"};

std::string_view after_slash(std::string_view id) {
  const std::size_t slash = id.rfind('/');
  return slash == std::string_view::npos ? id : id.substr(slash + 1);
}

/// Keeps the candidates with the lowest rank, first come first among equals.
class Shortlist {
 public:
  explicit Shortlist(GpuLookup& lookup) : lookup_(lookup) {}

  void offer(const GpuSpec& gpu, std::size_t rank) {
    ++lookup_.match_count;
    std::size_t place = lookup_.candidate_count;
    while (place > 0 && ranks_[place - 1] > rank) --place;
    if (place == GpuLookup::kMaxCandidates) return;
    if (lookup_.candidate_count < GpuLookup::kMaxCandidates) ++lookup_.candidate_count;
    for (std::size_t i = lookup_.candidate_count - 1; i > place; --i) move(i - 1, i);
    lookup_.candidates[place] = &gpu;
    ranks_[place] = rank;
  }

 private:
  void move(std::size_t from, std::size_t to) {
    lookup_.candidates[to] = lookup_.candidates[from];
    ranks_[to] = ranks_[from];
  }

  GpuLookup& lookup_;
  std::array<std::size_t, GpuLookup::kMaxCandidates> ranks_{};
};

/// A slug in a fixed buffer, cut after kCapacity characters: longer than any id, so cutting never makes a match.
struct ShortSlug {
  static constexpr std::size_t kCapacity = 64;
  std::array<char, kCapacity> text{};
  std::size_t size = 0;

  explicit ShortSlug(std::string_view source) {
    SlugReader reader(source);
    for (char c = reader.next(); c != '\0' && size < kCapacity; c = reader.next()) text[size++] = c;
  }
  [[nodiscard]] std::string_view view() const { return {text.data(), size}; }
};

/// Whether `part` occurs in `whole` between word boundaries ('-' or an end).
bool contains_words(std::string_view whole, std::string_view part) {
  for (std::size_t at = whole.find(part); at != std::string_view::npos; at = whole.find(part, at + 1)) {
    const bool begins = at == 0 || whole[at - 1] == '-';
    const bool ends = at + part.size() == whole.size() || whole[at + part.size()] == '-';
    if (begins && ends) return true;
  }
  return false;
}

template <class Matches>
bool collect(GpuLookup& lookup, Matches matches) {
  Shortlist shortlist(lookup);
  for (const GpuSpec& gpu : catalog_gpus()) {
    if (matches(gpu)) shortlist.offer(gpu, gpu.id.size());
  }
  if (lookup.match_count == 0) return false;
  lookup.status = lookup.match_count == 1 ? LookupStatus::partial : LookupStatus::ambiguous;
  if (lookup.match_count == 1) lookup.gpu = lookup.candidates[0];
  return true;
}

GpuLookup found(LookupStatus status, const GpuSpec& gpu) {
  GpuLookup lookup;
  lookup.status = status;
  lookup.gpu = &gpu;
  lookup.candidates[0] = &gpu;
  lookup.candidate_count = lookup.match_count = 1;
  return lookup;
}

bool has_alias(const GpuSpec& gpu, std::string_view query) {
  if (same_slug(gpu.name, query)) return true;
  for (const std::string_view alias : gpu.aliases) {
    if (same_slug(alias, query)) return true;
  }
  return false;
}

GpuLookup nearest(std::string_view query) {
  GpuLookup lookup;
  Shortlist shortlist(lookup);
  for (const GpuSpec& gpu : catalog_gpus()) shortlist.offer(gpu, edit_distance(query, ShortSlug(gpu.id).view()));
  lookup.match_count = 0;
  return lookup;
}

/// How well one word of a query is met: 0 is a whole word, kNoMatch is not at all.
constexpr std::size_t kNoMatch = 1000;

std::size_t word_rank(const std::string& text, const std::string& squashed, const std::string& word) {
  std::size_t best = kNoMatch;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || text[at - 1] == '-';
    const bool ends = at + word.size() == text.size() || text[at + word.size()] == '-';
    best = std::min<std::size_t>(best, begins ? (ends ? 0 : 1) : 2);
  }
  if (best != kNoMatch) return best;
  std::string joined = word;
  joined.erase(std::remove(joined.begin(), joined.end(), '-'), joined.end());
  return squashed.find(joined) == std::string::npos ? kNoMatch : 3;
}

std::vector<std::string> words_of(std::string_view query) {
  std::vector<std::string> words;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find(' '), query.size());
    std::string word = slug_of(query.substr(0, end));
    if (!word.empty()) words.push_back(std::move(word));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return words;
}

std::size_t model_rank(const CatalogModel& model, const std::vector<std::string>& words) {
  std::string text = slug_of(model.name);
  for (const std::string_view part : {model.id, model.family}) text.append(1, '-').append(slug_of(part));
  std::string squashed = text;
  squashed.erase(std::remove(squashed.begin(), squashed.end(), '-'), squashed.end());
  std::size_t rank = 1;
  for (const std::string& word : words) {
    const std::size_t one = word_rank(text, squashed, word);
    if (one == kNoMatch) return kNoMatch;
    rank += one;
  }
  return rank;
}

}  // namespace

std::string_view name_of(ModelKind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

const CatalogModel* find_model(std::string_view query) {
  const CatalogModel* by_tail = nullptr;
  std::size_t tails = 0;
  for (const CatalogModel& model : catalog_models()) {
    if (same_slug(model.id, query) || same_slug(model.name, query)) return &model;
    if (!same_slug(after_slash(model.id), query)) continue;
    by_tail = &model;
    ++tails;
  }
  return tails == 1 ? by_tail : nullptr;
}

const CatalogModel* find_base_of(std::string_view query) {
  static constexpr std::array<std::string_view, 13> kEndings = {"instruct", "chat", "it", "hf", "awq", "gptq", "gguf", "fp8", "int4", "int8", "4bit", "bnb", "base"};
  for (std::size_t cut = query.find_last_of("-_ "); cut != std::string_view::npos; cut = query.find_last_of("-_ ")) {
    const std::string_view ending = query.substr(cut + 1);
    if (std::none_of(kEndings.begin(), kEndings.end(), [&](std::string_view known) { return same_slug(known, ending); })) break;
    query = query.substr(0, cut);
    if (const CatalogModel* model = find_model(query); model != nullptr) return model;
  }
  return nullptr;
}

std::vector<const CatalogModel*> search_models(std::string_view query, std::size_t limit) {
  struct Hit {
    const CatalogModel* model;
    std::size_t rank;
  };
  const std::vector<std::string> words = words_of(query);
  std::vector<Hit> hits;
  for (const CatalogModel& model : catalog_models()) {
    const std::size_t rank = same_slug(model.name, query) ? 0 : model_rank(model, words);
    if (rank != kNoMatch) hits.push_back({&model, rank});
  }
  if (!words.empty()) {
    std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
      return a.rank != b.rank ? a.rank < b.rank : a.model->name.size() < b.model->name.size();
    });
  }
  std::vector<const CatalogModel*> models;
  for (const Hit& hit : hits) {
    if (models.size() == limit) break;
    models.push_back(hit.model);
  }
  return models;
}

GpuLookup find_gpu(std::string_view query) {
  const ShortSlug slug(query);
  if (slug.size == 0) return {};
  for (const GpuSpec& gpu : catalog_gpus()) {
    if (gpu.id == slug.view()) return found(LookupStatus::exact, gpu);  // ids are slugs
  }
  for (const GpuSpec& gpu : catalog_gpus()) {
    if (has_alias(gpu, query)) return found(LookupStatus::alias, gpu);
  }
  GpuLookup lookup;
  if (collect(lookup, [&](const GpuSpec& gpu) { return slug_starts_with(gpu.id, query); })) return lookup;
  if (collect(lookup, [&](const GpuSpec& gpu) { return contains_words(ShortSlug(gpu.id).view(), slug.view()); })) {
    return lookup;
  }
  return nearest(slug.view());
}

std::int64_t usable_bytes_of(const GpuSpec& gpu, std::int64_t memory_bytes) {
  if (memory_bytes == gpu.memory_bytes) return gpu.usable_bytes;
  for (const MemoryOption& option : gpu.memory_options) {
    if (option.memory_bytes == memory_bytes && memory_bytes > 0) return option.usable_bytes;
  }
  const double share = static_cast<double>(gpu.usable_bytes) / static_cast<double>(gpu.memory_bytes);
  return static_cast<std::int64_t>(static_cast<double>(memory_bytes) * share);
}

}  // namespace vram
