// The tools: named questions with flat arguments, for assistants and for calls as they were published.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace vram {

/// {"tools": [{"name", "description", "inputSchema"}]}, as a tool server lists them.
[[nodiscard]] std::string tools_json();

/// {"name": …, "arguments": {…}} in, {"content": [{"type": "text", "text"}], "structuredContent"} out, with "isError" where
/// `structuredContent.issues` holds an error. Names of arguments and values are matched without regard to letter case.
[[nodiscard]] std::string tool_json(std::string_view request);

}  // namespace vram
