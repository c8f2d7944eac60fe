// What lbdrain-hook is given, and what it writes.
#include "fuzz_target.hpp"
#include "lbdrain/hook/event_lines.hpp"
#include "lbdrain/hook/task.hpp"

using namespace lbdrain;
using fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text(data, size);
    if (const auto task = hook::decode_task(bytes)) {
        const auto again = hook::decode_task(hook::encode(*task));
        require(again && *again == *task);
    }
    hook::EventLines lines;
    lines.feed(bytes, [](const std::expected<hook::Event, std::string>& event) {
        require(event || !event.error().empty());
        require(!event || hook::decode_event(hook::encode(*event)).has_value());
    });
    return 0;
}
