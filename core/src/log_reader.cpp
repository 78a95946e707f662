// The table of phrases, and the scanner that finds numbers after (or before) them.
// SPDX-License-Identifier: MIT
#include "vram/log_reader.h"

#include <algorithm>
#include <array>

#include "vram/units.h"

namespace vram {

namespace {

constexpr std::size_t kLargestLog = 4U << 20U;
constexpr std::int64_t kMostLines = 50000;
constexpr std::size_t kMostIssues = 8;

/// What a bare number or an ambiguous unit means.
enum class Unit : unsigned char { gib, mib, count, flag };

struct Phrase {
  LogKind kind;
  std::string_view text;  ///< stands right before the number (blanks, ':', '=' and '(' may come between)
  std::string_view name;
  Unit unit;
  LogMerge merge = LogMerge::largest;
  std::string_view needs = {};   ///< the line must contain this too
  std::string_view without = {}; ///< and must not contain this
};

constexpr auto kPhrases = std::to_array<Phrase>({
    // vLLM
    {LogKind::vllm, "Loading model weights took", "weights_bytes", Unit::gib},
    {LogKind::vllm, "Model loading took", "weights_bytes", Unit::gib},
    {LogKind::vllm, "model weights take", "weights_bytes", Unit::gib},
    {LogKind::vllm, "non_torch_memory takes", "non_torch_bytes", Unit::gib},
    {LogKind::vllm, "PyTorch activation peak memory takes", "activation_peak_bytes", Unit::gib},
    {LogKind::vllm, "reserved for KV Cache is", "kv_pool_bytes", Unit::gib},
    {LogKind::vllm, "Available KV cache memory", "kv_pool_bytes", Unit::gib},
    {LogKind::vllm, "GPU KV cache size", "kv_pool_tokens", Unit::count},
    {LogKind::vllm, "# GPU blocks", "kv_blocks", Unit::count},
    {LogKind::vllm, "# cuda blocks", "kv_blocks", Unit::count},
    {LogKind::vllm, "# rocm blocks", "kv_blocks", Unit::count},
    {LogKind::vllm, "total_gpu_memory", "capacity_bytes", Unit::gib},
    {LogKind::vllm, "gpu_memory_utilization", "memory_share", Unit::count},
    {LogKind::vllm, "--gpu-memory-utilization", "memory_share", Unit::count, LogMerge::largest, {}, "equivalent to"},
    {LogKind::vllm, "tokens per request", "max_concurrency", Unit::count, LogMerge::largest, "Maximum concurrency"},
    {LogKind::vllm, "Maximum concurrency for", "context_length", Unit::count},
    {LogKind::vllm, "secs, took", "graph_bytes", Unit::gib, LogMerge::largest, "Graph capturing"},
    {LogKind::vllm, "Estimated CUDA graph memory", "graph_estimate_bytes", Unit::gib},
    {LogKind::vllm, "max_num_seqs=", "max_num_seqs", Unit::count},
    {LogKind::vllm, "max_num_batched_tokens=", "max_num_batched_tokens", Unit::count},
    {LogKind::vllm, "max_seq_len=", "context_length", Unit::count},
    {LogKind::vllm, "tensor_parallel_size=", "tensor_parallel_size", Unit::count},
    {LogKind::vllm, "pipeline_parallel_size=", "pipeline_parallel_size", Unit::count},
    {LogKind::vllm, "enforce_eager=", "enforce_eager", Unit::flag},
    // llama.cpp
    {LogKind::llama_cpp, "model buffer size", "weights_bytes", Unit::mib, LogMerge::sum, {}, "CPU"},
    {LogKind::llama_cpp, "model buffer size", "host_bytes", Unit::mib, LogMerge::sum, "CPU"},
    {LogKind::llama_cpp, "KV buffer size", "kv_cache_bytes", Unit::mib, LogMerge::sum},
    {LogKind::llama_cpp, "RS buffer size", "state_bytes", Unit::mib, LogMerge::sum},
    {LogKind::llama_cpp, "compute buffer size", "compute_buffer_bytes", Unit::mib, LogMerge::largest, {}, "CPU"},
    {LogKind::llama_cpp, "n_ctx ", "context_length", Unit::count},
    {LogKind::llama_cpp, "n_ubatch", "n_ubatch", Unit::count},
    {LogKind::llama_cpp, "n_seq_max", "sequences", Unit::count},
    {LogKind::llama_cpp, "flash_attn", "flash_attention", Unit::flag},
    // CUDA out of memory, both wordings of PyTorch
    {LogKind::out_of_memory, "Tried to allocate", "requested_bytes", Unit::gib},
    {LogKind::out_of_memory, "total capacity of", "capacity_bytes", Unit::gib},
    {LogKind::out_of_memory, "of which", "free_bytes", Unit::gib},
    {LogKind::out_of_memory, "Of the allocated memory", "allocated_bytes", Unit::gib},
    {LogKind::out_of_memory, "this process has", "process_bytes", Unit::gib},
    {LogKind::out_of_memory, "by PyTorch, and", "cached_bytes", Unit::gib},
});

/// Phrases that follow their number.
constexpr auto kBefore = std::to_array<Phrase>({
    {LogKind::out_of_memory, "total capacity;", "capacity_bytes", Unit::gib},
    {LogKind::out_of_memory, "already allocated", "allocated_bytes", Unit::gib},
    {LogKind::out_of_memory, "free;", "free_bytes", Unit::gib},
    {LogKind::out_of_memory, "reserved in total", "reserved_bytes", Unit::gib},
    {LogKind::out_of_memory, "memory in use", "process_bytes", Unit::gib, LogMerge::largest, {}, "this process has"},
});

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads "1,024.5 GiB" at `at`. Thousands may be apart by commas. False where there is no number.
bool read_number(std::string_view line, std::size_t at, Unit unit, double& value) {
  double whole = 0;
  double unit_of_last = 1;  // the last digit read stands for one of these: both stay whole, so that 0.15 is 0.15
  bool any = false;
  bool fraction = false;
  for (; at < line.size(); ++at) {
    const char c = line[at];
    if (is_digit(c)) {
      any = true;
      whole = whole * 10 + (c - '0');
      if (fraction) unit_of_last *= 10;
    } else if (c == '.' && !fraction && any) {
      fraction = true;
    } else if (c != ',' || !any || at + 1 >= line.size() || !is_digit(line[at + 1])) {
      break;
    }
    if (whole > 1e15) return false;
  }
  if (!any) return false;
  whole /= unit_of_last;
  while (at < line.size() && line[at] == ' ') ++at;
  const std::string_view rest = line.substr(at);
  if (unit == Unit::count || unit == Unit::flag) {
    value = whole;
  } else if (rest.starts_with("KiB") || rest.starts_with("kB")) {
    value = whole * 1024.0;
  } else if (rest.starts_with("MiB") || rest.starts_with("MB")) {
    value = whole * kBytesPerMib;
  } else if (rest.starts_with("GiB") || rest.starts_with("GB")) {
    value = whole * kBytesPerGib;  // both engines and PyTorch divide by 2^30, whatever they write
  } else if (rest.starts_with("bytes")) {
    value = whole;
  } else {
    value = whole * (unit == Unit::gib ? kBytesPerGib : kBytesPerMib);
  }
  return true;
}

bool read_word(std::string_view rest, double& value) {
  const bool yes = rest.starts_with("true") || rest.starts_with("True") || rest.starts_with("enabled") || rest.starts_with("on");
  const bool no = rest.starts_with("false") || rest.starts_with("False") || rest.starts_with("disabled") || rest.starts_with("off");
  value = yes ? 1.0 : 0.0;
  return yes || no;
}

class Reader {
 public:
  explicit Reader(LogReading& reading) : reading_(reading) {}

  void line(std::string_view text, std::int64_t number) {
    number_ = number;
    for (const Phrase& phrase : kPhrases) after(text, phrase);
    if (text.find("out of memory") != std::string_view::npos) {
      for (const Phrase& phrase : kBefore) before(text, phrase);
    }
    usage(text);
    offloaded(text);
  }

  void finish() {
    std::array<std::int64_t, 5> votes{};
    for (const Vote& vote : votes_) ++votes[static_cast<std::size_t>(vote)];
    for (std::size_t k = 1; k < votes.size(); ++k) {
      if (votes[k] > votes[static_cast<std::size_t>(reading_.kind)]) reading_.kind = static_cast<LogKind>(k);
    }
    derive();
  }

 private:
  using Vote = LogKind;

  static bool fits(std::string_view text, const Phrase& phrase) {
    return (phrase.needs.empty() || text.find(phrase.needs) != std::string_view::npos) &&
           (phrase.without.empty() || text.find(phrase.without) == std::string_view::npos);
  }

  void after(std::string_view text, const Phrase& phrase) {
    std::size_t at = text.find(phrase.text);
    if (at == std::string_view::npos || !fits(text, phrase)) return;
    at += phrase.text.size();
    while (at < text.size() && (text[at] == ' ' || text[at] == ':' || text[at] == '=' || text[at] == '(' || text[at] == '\t')) ++at;
    double value = 0;
    if (phrase.unit == Unit::flag && read_word(text.substr(at), value)) return add(phrase, value);
    if (read_number(text, at, phrase.unit, value)) return add(phrase, value);
    unreadable(phrase);
  }

  void before(std::string_view text, const Phrase& phrase) {
    const std::size_t at = text.find(phrase.text);
    if (at == std::string_view::npos || !fits(text, phrase)) return;
    std::size_t begin = at;
    const auto belongs = [](char c) { return is_digit(c) || c == '.' || c == ' ' || c == 'G' || c == 'M' || c == 'K' || c == 'i' || c == 'B'; };
    while (begin > 0 && belongs(text[begin - 1])) --begin;
    while (begin < at && text[begin] == ' ') ++begin;
    double value = 0;
    if (read_number(text, begin, phrase.unit, value)) return add(phrase, value);
    unreadable(phrase);
  }

  /// What an out-of-memory message says by what it leaves out.
  void derive() {
    const LogValue* allocated = reading_.find("allocated_bytes");
    if (allocated == nullptr) return;
    const LogValue tensors = *allocated;  // adding rows moves them
    const LogValue* requested = reading_.find("requested_bytes");
    const LogValue* process = reading_.find("process_bytes");
    const LogValue* cached = reading_.find("cached_bytes");
    const double outside = process != nullptr && cached != nullptr ? process->value - tensors.value - cached->value : 0.0;
    if (requested != nullptr) {
      const double attempted = tensors.value + requested->value;
      reading_.values.push_back({"attempted_bytes", attempted, attempted, tensors.line, 1});
    }
    if (outside > 0) reading_.values.push_back({"outside_bytes", outside, outside, tensors.line, 1});
  }

  /// nvidia-smi: "20911MiB / 24564MiB".
  void usage(std::string_view text) {
    const std::size_t slash = text.find("MiB / ");
    if (slash == std::string_view::npos) return;
    std::size_t begin = slash;
    while (begin > 0 && is_digit(text[begin - 1])) --begin;
    double used = 0;
    double total = 0;
    if (!read_number(text, begin, Unit::mib, used) || !read_number(text, slash + 6, Unit::mib, total)) {
      return unreadable({LogKind::nvidia_smi, "MiB / ", "used_bytes", Unit::mib});
    }
    add({LogKind::nvidia_smi, "", "used_bytes", Unit::mib}, used);
    add({LogKind::nvidia_smi, "", "capacity_bytes", Unit::mib}, total);
  }

  /// llama.cpp: "offloaded 33/33 layers to GPU"; -1 = all of them, as in a scenario.
  void offloaded(std::string_view text) {
    constexpr std::string_view kWord = "offloaded ";
    const std::size_t at = text.find(kWord);
    const std::size_t slash = at == std::string_view::npos ? at : text.find('/', at);
    if (slash == std::string_view::npos || text.find("layers to GPU", slash) == std::string_view::npos) return;
    const Phrase phrase{LogKind::llama_cpp, kWord, "gpu_layers", Unit::count};
    double layers = 0;
    double all = 0;
    if (!read_number(text, at + kWord.size(), Unit::count, layers) || !read_number(text, slash + 1, Unit::count, all)) return unreadable(phrase);
    add(phrase, layers >= all ? -1.0 : layers);
  }

  void add(const Phrase& phrase, double value) {
    votes_.push_back(phrase.kind);
    for (LogValue& row : reading_.values) {
      if (row.name != phrase.name) continue;
      row.value = phrase.merge == LogMerge::sum ? row.value + value : std::max(row.value, value);
      row.largest = std::max(row.largest, value);
      ++row.times;
      return;
    }
    reading_.values.push_back({phrase.name, value, value, number_, 1});
  }

  void unreadable(const Phrase& phrase) {
    if (reading_.issues.size() >= kMostIssues) return;
    reading_.issues.push_back(warning("log_value_unreadable", std::string(phrase.name), std::to_string(number_),
                                      "Line " + std::to_string(number_) + " speaks of " + std::string(phrase.name) + ", but no number follows."));
  }

  LogReading& reading_;
  std::int64_t number_ = 0;
  std::vector<Vote> votes_;
};

}  // namespace

std::string_view name_of(LogKind kind) {
  static constexpr std::array<std::string_view, 5> kNames = {"unknown", "vllm", "llama_cpp", "out_of_memory", "nvidia_smi"};
  return kNames[static_cast<std::size_t>(kind)];
}

const LogValue* LogReading::find(std::string_view name) const {
  for (const LogValue& value : values) {
    if (value.name == name) return &value;
  }
  return nullptr;
}

LogReading read_log(std::string_view text) {
  LogReading reading;
  if (text.size() > kLargestLog) {
    reading.issues.push_back(error("log_too_large", "log", std::to_string(text.size()),
                                   "The log has " + std::to_string(text.size()) + " bytes; the most is 4 MiB. Paste the lines about memory only."));
    return reading;
  }
  Reader reader(reading);
  std::int64_t number = 0;
  while (!text.empty() && number < kMostLines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    reader.line(text.substr(0, end), ++number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  reader.finish();
  if (!text.empty()) {
    reading.issues.push_back(warning("log_cut", "log", std::to_string(kMostLines), "Only the first " + std::to_string(kMostLines) + " lines were read."));
  }
  if (reading.values.empty()) {
    reading.issues.push_back(error("log_not_recognised", "log", "",
                                   "No line about memory was recognised; paste a start log of vLLM or llama.cpp, a CUDA out-of-memory message or a line of nvidia-smi."));
  }
  return reading;
}

}  // namespace vram
