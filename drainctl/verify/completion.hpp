// One JSON object of a completion, as an SSE event carries it or as a whole body: what it says that
// matters here. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lbdrain::ctl {

struct CompletionPart {
    struct Choice {
        std::int64_t index = 0;
        bool content = false;       // text, a message's content, reasoning or a tool call
        std::string text;           // of it what is plain text
        std::string finish_reason;  // empty: none yet
    };
    std::vector<Choice> choices;
    bool has_choices = false;  // the member is there, empty in a usage chunk
    std::optional<std::string> error;
    std::optional<std::int64_t> completion_tokens;  // of "usage"
    // Of test backends: {"token":N} and {"end_of":N}.
    std::optional<std::int64_t> token;
    std::optional<std::int64_t> end_of;
};

// Nothing: it is no JSON object.
std::optional<CompletionPart> read_completion(std::string_view json);

}  // namespace lbdrain::ctl
