// A record of the agent's journal, as a disk may give it back.
#include "fuzz_target.hpp"
#include "journal/record.hpp"

using lbdrain::fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto record = lbdrain::agent::decode_record(lbdrain::fuzz::text(data, size));
    if (record) {
        const auto again =
            lbdrain::agent::decode_record(lbdrain::agent::encode(record->record, record->boot));
        require(again && again->record.server == record->record.server);
    } else {
        require(!record.error().empty());
    }
    return 0;
}
