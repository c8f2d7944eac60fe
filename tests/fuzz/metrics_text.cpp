// What a replica's /metrics may say.
#include <cmath>

#include "agent_check/load_weight.hpp"
#include "agent_check/metrics_text.hpp"
#include "fuzz_target.hpp"

namespace ac = lbdrain::agent_check;
using lbdrain::fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = lbdrain::fuzz::text(data, size);
    const auto read = ac::read_metrics(bytes, [&](const ac::MetricSample& sample) {
        require(!sample.name.empty());
        require(sample.name.data() >= bytes.data());
        require(sample.name.data() + sample.name.size() <= bytes.data() + bytes.size());
    });
    require(read || !read.error().empty());

    if (const auto load = ac::read_load(bytes)) {
        require(load->running >= 0 && load->waiting >= 0);
        ac::LoadWeight weight({.time_constant_ms = 0, .step_percent = 1});
        weight.scraped(*load, 1);
        const unsigned percent = weight.percent(2);
        require(percent >= 20 && percent <= 100);
    }
    return 0;
}
