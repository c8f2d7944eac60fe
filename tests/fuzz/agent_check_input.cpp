// What clients of the agent-check port send, and what operators give as a reason.
#include "agent_check/answer.hpp"
#include "agent_check/question.hpp"
#include "fuzz_target.hpp"

namespace ac = lbdrain::agent_check;
using lbdrain::fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = lbdrain::fuzz::text(data, size);

    const auto line = ac::first_line(bytes);
    require(line.has_value() == (bytes.find('\n') != bytes.npos));
    if (line && ac::can_be_asked(*line)) {
        require(ac::first_line(std::string(*line) + "\r\n") == *line);
    }
    for (const char c : ac::printable(bytes)) {
        require(c >= 0x20 && c <= 0x7E);
    }

    ac::Answer answer;
    answer.health = ac::Answer::Health::down;
    answer.reason = bytes;
    const auto text = ac::to_line(answer);
    require(ac::is_line(text.view()) && text.view().starts_with("down"));
    return 0;
}
