// The command line: reads a request, writes a result. Exit 0 with a result, 2 with issues of severity error, 1 when
// nothing could be read.
// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "table.h"
#include "vram/json.h"
#include "vram/recommend.h"
#include "vram/solve.h"
#include "vram/sweep.h"
#include "vram/tools.h"

namespace {

constexpr int kExitOk = 0;
constexpr int kExitRead = 1;
constexpr int kExitIssues = 2;

constexpr std::string_view kUsage =
    "usage: vram-calculator VERB [--json|--table|--jsonl] [file|-]\n"
    "       vram-calculator catalog models|gpus|fields|messages [--json|--table]\n"
    "       vram-calculator tools\n"
    "       vram-calculator --version\n"
    "\n"
    "VERB reads one request (JSON) from a file or standard input and writes the reply:\n"
    "  estimate    a scenario: memory, speed and cost\n"
    "  recommend   {scenario}: every card with the layout that makes it fit\n"
    "  solve       {scenario, targets}: the largest batch, longest context, fewest cards, ...\n"
    "  sweep       {scenario, field, values}: one number over many values\n"
    "  fit-ranges  {scenario, fields}: the values of each field that fit\n"
    "  documented  {formula, ...}: one of the widely quoted formulas\n"
    "  tool        {name, arguments}: one of the tools that `tools` lists\n"
    "\n"
    "  --json   as JSON (default when the output is no terminal)\n"
    "  --table  as a table (default on a terminal)\n"
    "  --jsonl  one request a line in, one reply a line out\n";

enum class Format { automatic, json, table, jsonl };

struct Arguments {
  std::string_view verb;
  std::string_view operand;
  Format format = Format::automatic;
  bool valid = true;
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--json") {
      arguments.format = Format::json;
    } else if (word == "--table") {
      arguments.format = Format::table;
    } else if (word == "--jsonl") {
      arguments.format = Format::jsonl;
    } else if (word == "--version" || word == "--help") {
      arguments.verb = word;
    } else if (word.size() > 1 && word.front() == '-') {
      arguments.valid = false;
    } else if (arguments.verb.empty()) {
      arguments.verb = word;
    } else if (arguments.operand.empty()) {
      arguments.operand = word;
    } else {
      arguments.valid = false;
    }
  }
  return arguments;
}

void write(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

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

bool as_table(Format format) { return format == Format::table || (format == Format::automatic && isatty(STDOUT_FILENO) == 1); }

/// A verb that takes a request and gives a reply, both JSON.
struct Verb {
  std::string_view name;
  std::string (*ask)(std::string_view request);
  std::string (*table)(std::string_view reply, bool colour);  ///< null = always JSON
};
constexpr Verb kVerbs[] = {
    {"estimate", vram::estimate_json, vram::cli::estimate_table},
    {"recommend", vram::recommend_json, vram::cli::rows_table},
    {"solve", vram::solve_json, vram::cli::rows_table},
    {"sweep", vram::sweep_json, vram::cli::rows_table},
    {"fit-ranges", vram::fit_ranges_json, vram::cli::rows_table},
    {"documented", vram::documented_json, nullptr},
    {"tool", vram::tool_json, nullptr},
};

int answer_lines(const Verb& verb, std::FILE* file) {
  std::string line;
  int exit_code = kExitOk;
  const auto flush = [&] {
    if (line.find_first_not_of(" \t\r") == std::string::npos) return;
    const std::string result = verb.ask(line);
    write(result);
    write("\n");
    if (failed(result)) exit_code = kExitIssues;
  };
  char buffer[65536];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, file)) {
    for (std::size_t i = 0; i < count; ++i) {
      if (buffer[i] == '\n') {
        flush();
        line.clear();
      } else {
        line += buffer[i];
      }
    }
  }
  flush();
  return std::ferror(file) == 0 ? exit_code : kExitRead;
}

int answer(const Verb& verb, const Arguments& arguments) {
  std::FILE* file = open_input(arguments.operand);
  if (file == nullptr) {
    std::fprintf(stderr, "vram-calculator: cannot read %s\n", std::string(arguments.operand).c_str());
    return kExitRead;
  }
  if (arguments.format == Format::jsonl) return answer_lines(verb, file);
  std::string text;
  if (!read_all(file, text)) {
    std::fputs("vram-calculator: reading failed\n", stderr);
    return kExitRead;
  }
  const std::string result = verb.ask(text);
  // Issues of severity error go out as JSON whatever was asked for, so that scripts can read them.
  if (verb.table != nullptr && as_table(arguments.format) && !failed(result)) {
    write(verb.table(result, isatty(STDOUT_FILENO) == 1));
  } else {
    write(result);
    write("\n");
  }
  return failed(result) ? kExitIssues : kExitOk;
}

int catalog(const Arguments& arguments) {
  const std::string rows = vram::catalog_json(arguments.operand);
  if (failed(rows)) {
    write(rows);
    write("\n");
    return kExitIssues;
  }
  if (as_table(arguments.format) && arguments.operand != "fields") {
    write(vram::cli::catalog_table(rows));
  } else {
    write(rows);
    write("\n");
  }
  return kExitOk;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  if (arguments.valid && arguments.verb == "--version") {
    write("vram-calculator ");
    write(vram::version());
    write("\n");
    return kExitOk;
  }
  if (arguments.valid && arguments.verb == "--help") {
    write(kUsage);
    return kExitOk;
  }
  for (const Verb& verb : kVerbs) {
    if (arguments.valid && arguments.verb == verb.name) return answer(verb, arguments);
  }
  if (arguments.valid && arguments.verb == "tools") {
    write(vram::tools_json());
    write("\n");
    return kExitOk;
  }
  if (arguments.valid && arguments.verb == "catalog") return catalog(arguments);
  std::fwrite(kUsage.data(), 1, kUsage.size(), stderr);
  return kExitRead;
}
