#include "load.hpp"

#include <functional>
#include <stdexcept>
#include <utility>

#include "load_client.hpp"

namespace lbdrain::test {
namespace {

bool wait_for_more(LoadState& state, Millis limit, std::int64_t number,
                   const std::function<std::int64_t(const LoadReport&)>& count) {
    std::unique_lock lock(state.mutex);
    const auto goal = count(state.report) + number;
    return state.changed.wait_for(lock, limit, [&] { return count(state.report) >= goal; });
}

}  // namespace

Load::Load(LoadOptions options) : state_(std::make_unique<LoadState>()) {
    if (options.paths.empty() || options.clients < 1) {
        throw std::invalid_argument("a load needs a path and a client");
    }
    if (options.seed == 0) {
        options.seed = std::random_device{}();
    }
    state_->report.seed = options.seed;
    state_->random.seed(options.seed);
    state_->options = std::move(options);
    state_->running = static_cast<std::size_t>(state_->options.clients);
    for (int i = 0; i < state_->options.clients; ++i) {
        state_->clients.push_back(std::make_unique<LoadClient>(*state_));
    }
    thread_ = std::jthread([state = state_.get()] {
        for (const auto& client : state->clients) {
            client->next();
        }
        state->loop.run();
    });
}

Load::~Load() {
    stop();
}

LoadReport Load::report() const {
    const std::lock_guard lock(state_->mutex);
    return state_->report;
}

bool Load::wait_for_ok(std::int64_t number, Millis limit) const {
    return wait_for_more(*state_, limit, number, [](const LoadReport& r) { return r.ok; });
}

bool Load::wait_for_total(std::int64_t number, Millis limit) const {
    return wait_for_more(*state_, limit, number, [](const LoadReport& r) { return r.total(); });
}

LoadReport Load::stop() {
    if (thread_.joinable()) {
        state_->loop.post([state = state_.get()] { state->stopping = true; });
        {
            std::unique_lock lock(state_->mutex);
            // No limit: every request has one of its own.
            state_->changed.wait(lock, [this] { return state_->running == 0; });
        }
        state_->loop.stop();
        thread_.join();
    }
    return report();
}

}  // namespace lbdrain::test
