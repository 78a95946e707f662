// Every sentence people read, in English and Chinese, beside its code: page, tools and command line share this table.
// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "vram/issue.h"

namespace vram {

enum class Language : unsigned char { en, zh };

/// A text in both languages. {field}, {value} and {allowed} stand for the parts of an Issue.
struct Message {
  std::string_view code;
  std::string_view en;
  std::string_view zh;
};

/// Texts of issues, sorted by code.
[[nodiscard]] std::span<const Message> messages();
/// Texts of suggestions, sorted by code ("advice_…"); apart, because the widget shows none.
[[nodiscard]] std::span<const Message> advice_messages();
/// Why the documented formula says something else, sorted by code ("documented_…"); apart for the same reason.
[[nodiscard]] std::span<const Message> documented_messages();
/// nullptr when there is no such code.
[[nodiscard]] const Message* find_message(std::string_view code, std::span<const Message> among = messages());

/// The text of a code with its places filled; "" when there is no such code.
[[nodiscard]] std::string message_text(std::string_view code, Language language, std::string_view field, std::string_view value, std::string_view allowed,
                                       std::span<const Message> among = messages());

/// The Chinese for the words of a term's formula or of its source, places "{}" included; the text itself where there is none.
/// Apart, because the widget shows no formulas.
[[nodiscard]] std::string_view formula_text_zh(std::string_view english);

/// Puts the sentences of issues into a language. English stays as it was written where the finder wrote it.
void localise(Issues& issues, Language language);

}  // namespace vram
