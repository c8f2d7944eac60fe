#include "fleet/targets.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

namespace lbdrain::ctl {
namespace {

using std::chrono::milliseconds;

http::Failure silent() {
    return http::Failure{"interrupted", false};
}

}  // namespace

// What of `requests` could be made is sent; the others have no result worth looking at.
std::vector<http::Result> Targets::exchange(Requests& requests,
                                            std::span<const std::size_t> targets,
                                            http::Heeded* also) {
    std::vector<http::Result> results(requests.size(), std::unexpected(silent()));
    std::map<http::Transfers::Id, std::size_t> running;
    const auto now = http::Clock::now();
    auto last = now;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        if (!requests[i]) {
            continue;
        }
        requests[i]->user_agent = "drainctl";
        const auto until = now + milliseconds(configs_[targets[i]].timeout);
        last = std::max(last, until);
        running.emplace(next_, i);
        transfers_.start(next_++, *requests[i], until);
    }
    // The transfers' own limits end each of them.
    const auto end = last + std::chrono::seconds(1);
    while (!running.empty() && http::Clock::now() < end) {
        http::Transfers::Waited waited = transfers_.wait(end, also);
        for (http::Transfers::Done& done : waited.done) {
            if (const auto found = running.extract(done.id)) {
                results[found.mapped()] = std::move(done.result);
            }
        }
        if (waited.interrupted) {
            break;
        }
    }
    for (const auto& [id, index] : running) {
        results[index] = std::unexpected(transfers_.cancel(id));
    }
    return results;
}

Fleet Targets::look(http::Heeded* also) {
    Requests requests;
    std::vector<std::size_t> targets;
    for (std::size_t i = 0; i < configs_.size(); ++i) {
        requests.push_back(client::status_request(configs_[i].endpoint));
        targets.push_back(i);
    }
    const auto results = exchange(requests, targets, also);
    std::vector<StatusResult> views;
    views.reserve(configs_.size());
    for (std::size_t i = 0; i < configs_.size(); ++i) {
        views.push_back(requests[i] ? client::read_status(configs_[i].endpoint, results[i])
                                    : StatusResult(std::unexpected(requests[i].error())));
    }
    return merge(configs_, std::move(views));
}

std::vector<OrderResult> Targets::send(std::span<const Order> orders) {
    Requests requests;
    std::vector<std::size_t> targets;
    for (const Order& order : orders) {
        requests.push_back(client::command_request(configs_[order.target].endpoint, order.there,
                                                   order.action, order.request));
        targets.push_back(order.target);
    }
    const auto results = exchange(requests, targets, nullptr);
    std::vector<OrderResult> views;
    views.reserve(orders.size());
    for (std::size_t i = 0; i < orders.size(); ++i) {
        views.push_back(requests[i] ? client::read_server(configs_[targets[i]].endpoint, results[i])
                                    : OrderResult(std::unexpected(requests[i].error())));
    }
    return views;
}

bool Targets::rest(Millis duration, http::Heeded* also) {
    const auto until = http::Clock::now() + milliseconds(duration);
    while (http::Clock::now() < until) {
        if (transfers_.wait(until, also).interrupted) {
            return true;
        }
    }
    return false;
}

}  // namespace lbdrain::ctl
