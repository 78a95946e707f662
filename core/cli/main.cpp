// The command line: reads a request, writes a result. Exit 0 with a result, 2 with issues of severity error, 1 when
// nothing could be read.
// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "completions.h"
#include "model_file.h"
#include "table.h"
#include "vram/advice.h"
#include "vram/json.h"
#include "vram/plan.h"
#include "vram/recommend.h"
#include "vram/solve.h"
#include "vram/sweep.h"
#include "vram/tools.h"

namespace {

constexpr int kExitOk = 0;
constexpr int kExitRead = 1;
constexpr int kExitIssues = 2;

/// A question: JSON in, JSON out, and the answer as a table (null: it has none, JSON is written).
struct Verb {
  std::string_view name, summary;
  std::string (*answer)(std::string_view);
  std::string (*table)(std::string_view, bool);
};

constexpr Verb kVerbs[] = {
    {"estimate", "memory, speed and cost of one scenario", vram::estimate_json, vram::cli::estimate_table},
    {"advise", "changes that help, recomputed, and the smallest set that fits: {\"scenario\": …}", vram::advise_json, vram::cli::advise_table},
    {"plan", "layouts, recomputation and micro-batches that nothing beats: {\"scenario\": …, \"gpus\": 8}", vram::plan_json, vram::cli::plan_table},
    {"recommend", "every card with the layout that makes it fit: {\"scenario\": …, \"limit\": 20}", vram::recommend_json, vram::cli::recommend_table},
    {"solve", "the largest batch, longest context, fewest cards that fit: {\"scenario\": …}", vram::solve_json, vram::cli::solve_table},
    {"fit-ranges", "for every field the values that fit: {\"scenario\": …}", vram::fit_ranges_json, vram::cli::ranges_table},
    {"sweep", "one field over many values: {\"scenario\": …, \"field\": …, \"values\": […]}", vram::sweep_json, vram::cli::sweep_table},
    {"documented", "one of the widely quoted formulas: {\"formula\": …}", vram::documented_json, nullptr},
    {"tool", "a call of one of the tools: {\"name\": …, \"arguments\": {…}}", vram::tool_json, nullptr},
    {"read-log", "what a start log or an out-of-memory message says: its text", vram::read_log_json, nullptr},
};

constexpr std::string_view kOptions =
    "\n"
    "A question reads JSON from the file, or from standard input, and writes its answer:\n"
    "  --json            as JSON (default when the output is no terminal)\n"
    "  --table           as a table (default on a terminal)\n"
    "  --jsonl           one question a line in, one answer a line out\n"
    "  --color=WHEN      auto (default), always or never; NO_COLOR is heeded\n"
    "  --model-file=FILE estimate: the model is that of a GGUF, safetensors or config.json file, of which only the header is\n"
    "                    read; the scenario may then be left out\n"
    "  --scenario=FILE   read-log: sets the log beside what the estimate of that scenario predicts\n"
    "\n"
    "Exit status: 0 with a result, 2 with issues of severity error (as JSON), 1 when nothing could be read.\n";

enum class Format { automatic, json, table, jsonl };
enum class Colour { automatic, always, never };

struct Arguments {
  std::string_view verb, operand, model_file, scenario;
  Format format = Format::automatic;
  Colour colour = Colour::automatic;
  bool valid = true;
};

/// "--name=value" or "--name value".
bool read_value(std::string_view name, int argc, char** argv, int& i, std::string_view& value) {
  const std::string_view word = argv[i];
  if (word.substr(0, name.size()) != name || (word.size() > name.size() && word[name.size()] != '=')) return false;
  value = word.size() > name.size() ? word.substr(name.size() + 1) : i + 1 < argc ? std::string_view(argv[++i]) : std::string_view{};
  return true;
}

bool read_option(std::string_view word, Arguments& arguments) {
  if (word == "--json") arguments.format = Format::json;
  else if (word == "--table") arguments.format = Format::table;
  else if (word == "--jsonl") arguments.format = Format::jsonl;
  else if (word == "--color=auto") arguments.colour = Colour::automatic;
  else if (word == "--color=always") arguments.colour = Colour::always;
  else if (word == "--color=never") arguments.colour = Colour::never;
  else return false;
  return true;
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (read_option(word, arguments)) continue;
    if (read_value("--model-file", argc, argv, i, arguments.model_file)) {
      arguments.valid = arguments.valid && !arguments.model_file.empty();
    } else if (read_value("--scenario", argc, argv, i, arguments.scenario)) {
      arguments.valid = arguments.valid && !arguments.scenario.empty();
    } else if (word == "--version" || word == "--help" || (word != "-" && word.substr(0, 1) != "-" && arguments.verb.empty())) {
      arguments.verb = word;
    } else if ((word == "-" || word.substr(0, 1) != "-") && arguments.operand.empty()) {
      arguments.operand = word;
    } else {
      arguments.valid = false;
    }
  }
  return arguments;
}

void write(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string usage() {
  std::string out =
      "usage: vram-calculator QUESTION [--json|--table|--jsonl] [--color=WHEN] [file|-]\n"
      "       vram-calculator catalog models|gpus|fields|families|messages [--json|--table]\n"
      "       vram-calculator tools\n"
      "       vram-calculator completion bash|zsh|fish\n"
      "       vram-calculator --version | --help\n"
      "\nQuestions:\n";
  for (const Verb& verb : kVerbs) {
    out += "  ";
    out += verb.name;
    out.append(18 - verb.name.size(), ' ');
    out += verb.summary;
    out += '\n';
  }
  out += kOptions;
  return out;
}

bool as_table(Format format) { return format == Format::table || (format == Format::automatic && isatty(STDOUT_FILENO) == 1); }

bool in_colour(Colour colour) {
  if (colour != Colour::automatic) return colour == Colour::always;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool refused = (no_colour != nullptr && *no_colour != '\0') || (terminal != nullptr && std::strcmp(terminal, "dumb") == 0);
  return !refused && isatty(STDOUT_FILENO) == 1;
}

std::FILE* open_input(std::string_view operand) {
  if (operand.empty() || operand == "-") return stdin;
  return std::fopen(std::string(operand).c_str(), "rb");
}

bool read_all(std::FILE* file, std::string& text) {
  char buffer[65536];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, file)) text.append(buffer, count);
  return std::ferror(file) == 0;
}

bool failed(std::string_view result) { return result.find("\"severity\":\"error\"") != std::string_view::npos; }

int answer_lines(const Verb& verb, std::FILE* file) {
  std::string line;
  int exit_code = kExitOk;
  const auto flush = [&] {
    if (line.find_first_not_of(" \t\r") == std::string::npos) return;
    const std::string result = verb.answer(line);
    write(result);
    write("\n");
    if (failed(result)) exit_code = kExitIssues;
  };
  char buffer[65536];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, file)) {
    std::string_view rest(buffer, count);
    for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      line += rest.substr(0, end);
      flush();
      line.clear();
      rest.remove_prefix(end + 1);
    }
    line += rest;
  }
  flush();
  return std::ferror(file) == 0 ? exit_code : kExitRead;
}

int wrong_usage() {
  const std::string text = usage();
  std::fwrite(text.data(), 1, text.size(), stderr);
  return kExitRead;
}

int cannot_read(std::string_view name) {
  std::fprintf(stderr, "vram-calculator: cannot read %s\n", std::string(name).c_str());
  return kExitRead;
}

/// The request, with what further files say put into it. False when one of them cannot be read; `what` names it. A request
/// that no answer is needed for comes back as `result`.
bool read_request(const Arguments& arguments, std::string& text, std::string& result, std::string_view& what) {
  const auto read = [&](std::string_view operand, std::string& into) {
    what = operand;
    std::FILE* file = open_input(operand);
    return file != nullptr && read_all(file, into);
  };
  const bool given = arguments.model_file.empty() || !arguments.operand.empty();
  if (given && !read(arguments.operand, text)) return false;
  if (!arguments.scenario.empty()) {
    std::string scenario;
    if (!read(arguments.scenario, scenario)) return false;
    text = vram::cli::log_request(text, scenario);
  }
  if (arguments.model_file.empty()) return true;
  std::string answer;
  std::string request;
  what = arguments.model_file;
  if (!vram::cli::read_model_file(std::string(arguments.model_file), answer)) return false;
  (vram::cli::with_model(text, answer, request) ? text : result) = request;
  return true;
}

int answer(const Verb& verb, const Arguments& arguments) {
  if ((!arguments.model_file.empty() && verb.name != "estimate") || (!arguments.scenario.empty() && verb.name != "read-log")) return wrong_usage();
  if (arguments.format == Format::jsonl) {
    std::FILE* file = open_input(arguments.operand);
    return file == nullptr ? cannot_read(arguments.operand) : answer_lines(verb, file);
  }
  std::string text;
  std::string result;
  std::string_view what;
  if (!read_request(arguments, text, result, what)) return cannot_read(what);
  if (result.empty()) result = verb.answer(text);
  // Issues of severity error go out as JSON whatever was asked for, so that scripts can read them.
  if (verb.table != nullptr && as_table(arguments.format) && !failed(result)) {
    write(verb.table(result, in_colour(arguments.colour)));
  } else {
    write(result);
    write("\n");
  }
  return failed(result) ? kExitIssues : kExitOk;
}

int catalog(const Arguments& arguments) {
  const std::string rows = vram::catalog_json(arguments.operand);
  const bool is_table = as_table(arguments.format) && (arguments.operand == "models" || arguments.operand == "gpus");
  write(is_table && !failed(rows) ? vram::cli::catalog_table(rows) : rows + "\n");
  return failed(rows) ? kExitIssues : kExitOk;
}

/// The script that makes a shell complete our words.
int completion(std::string_view shell) {
  for (const vram::cli::Completion& row : vram::cli::kCompletions) {
    if (row.shell != shell) continue;
    write(row.script);
    return kExitOk;
  }
  std::fputs("vram-calculator: completion is there for bash, zsh and fish\n", stderr);
  return kExitRead;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  if (!arguments.valid) return wrong_usage();
  if (arguments.verb == "--version") {
    write("vram-calculator ");
    write(vram::version());
    write("\n");
    return kExitOk;
  }
  if (arguments.verb == "--help") {
    write(usage());
    return kExitOk;
  }
  if (arguments.verb == "catalog") return catalog(arguments);
  if (arguments.verb == "tools") {
    write(vram::tools_json() + "\n");
    return kExitOk;
  }
  if (arguments.verb == "completion") return completion(arguments.operand);
  for (const Verb& verb : kVerbs) {
    if (verb.name == arguments.verb) return answer(verb, arguments);
  }
  return wrong_usage();
}
