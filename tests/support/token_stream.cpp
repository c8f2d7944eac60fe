#include "token_stream.hpp"

#include <algorithm>
#include <charconv>

namespace lbdrain::test {
namespace {

constexpr std::string_view plain_end = "end of ";
constexpr std::string_view sse_end = "data: {\"end_of\":";

}  // namespace

std::string token_text(int number, bool sse) {
    const auto text = std::to_string(number);
    return sse ? "data: {\"token\":" + text + "}\n\n" : "token " + text + "\n";
}

std::string end_text(int count, bool sse) {
    const auto text = std::to_string(count);
    return sse ? std::string(sse_end) + text + "}\n\ndata: [DONE]\n\n"
               : std::string(plain_end) + text + "\n";
}

std::string whole_stream(int count, bool sse) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += token_text(i, sse);
    }
    return text + end_text(count, sse);
}

std::string stream_fault(std::string_view body) {
    const bool sse = body.starts_with("data:");
    const auto marker = sse ? sse_end : plain_end;
    const auto end = body.rfind(marker);
    if (end == std::string_view::npos) {
        return "no end marker in " + std::to_string(body.size()) + " bytes";
    }
    int count = -1;
    const auto number = body.substr(end + marker.size());
    std::from_chars(number.begin(), number.end(), count);
    if (count < 0) {
        return "an end marker without a count";
    }
    const auto expected = whole_stream(count, sse);
    if (body == expected) {
        return {};
    }
    const auto differs = std::ranges::mismatch(body, expected).in1 - body.begin();
    const auto before = body.substr(0, static_cast<std::size_t>(differs));
    return "wrong from line " + std::to_string(std::ranges::count(before, '\n')) + " of " +
           std::to_string(count) + " tokens";
}

}  // namespace lbdrain::test
