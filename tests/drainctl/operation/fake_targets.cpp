#include "fake_targets.hpp"

#include <algorithm>

namespace lbdrain::ctl::test {
namespace {

TargetConfig config_of(const FakeTarget& target) {
    TargetConfig config;
    config.name = target.name;
    return config;
}

client::Error silence(bool nothing_sent) {
    return {client::Error::Kind::unreachable, "connection refused", nothing_sent, std::nullopt};
}

}  // namespace

FakeTargets::FakeTargets(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        FakeTarget& target = targets_.emplace_back();
        target.name = "edge-" + std::to_string(i + 1);
        target.policy.drain_timeout = 5'000;
        target.policy.settle = 50;
    }
}

api::ServerView FakeTargets::view(const FakeTarget& target) const {
    const Sequence& s = target.sequence;
    api::ServerView view;
    view.service = "vllm";
    view.name = "gpu-a";
    view.address = "10.0.1.1:8000";
    view.state = s.state;
    view.in_flight = target.in_flight;
    view.complete = true;
    view.out = target.out();
    view.stop_hook = target.stop_hook;
    view.start_hook = target.start_hook;
    view.sequence_id = s.id;
    view.goal = s.goal;
    view.by = s.by.view();
    view.last = s.last;
    return view;
}

Fleet FakeTargets::look() const {
    std::vector<TargetConfig> configs;
    std::vector<StatusResult> results;
    for (const FakeTarget& target : targets_) {
        configs.push_back(config_of(target));
        if (target.silent) {
            results.emplace_back(std::unexpected(silence(true)));
            continue;
        }
        api::StatusView status;
        status.services.push_back({"vllm", true, "", 1, {view(target)}});
        results.emplace_back(std::move(status));
    }
    return merge(configs, std::move(results));
}

OrderResult FakeTargets::send(const Order& order) {
    FakeTarget& target = targets_.at(order.target);
    if (target.silent) {
        return std::unexpected(silence(true));
    }
    if (target.loses_commands) {
        return std::unexpected(silence(false));
    }
    const bool leaves = order.action != api::Action::ready && order.action != api::Action::start;
    if (target.refuses && leaves) {
        return std::unexpected(client::Error{
            client::Error::Kind::refused, "", false,
            api::Problem{api::ProblemCode::min_ready, "it is the last ready server"}});
    }
    const auto taken = command(target.sequence,
                               api::make_command(target.sequence, target.policy, target.start_hook,
                                                 order.action, order.request),
                               ++target.ids, now_);
    if (!taken) {
        return std::unexpected(
            client::Error{client::Error::Kind::refused, "", false, api::problem_of(taken.error())});
    }
    if (target.loses_answers) {
        return std::unexpected(silence(false));
    }
    return view(target);
}

std::vector<OrderResult> FakeTargets::send(std::span<const Order> orders) {
    std::vector<OrderResult> results;
    for (const Order& order : orders) {
        results.push_back(send(order));
    }
    return results;
}

void FakeTargets::advance_one(FakeTarget& target) {
    Observation seen;
    seen.complete = true;
    seen.out_of_rotation = target.out();
    seen.in_flight = target.in_flight;
    const auto wanted = effects(target.sequence, now_).run;
    if (wanted && *wanted != target.running_hook) {
        target.running_hook = *wanted;
        target.run_since = now_;
        stops_ += wanted->kind == RunKind::stop ? 1 : 0;
    }
    if (wanted) {
        const bool over = now_ - target.run_since >= target.hook_time;
        const bool fails = wanted->kind == RunKind::stop && target.stop_fails;
        seen.run = *wanted;
        seen.run_status =
            !over ? RunStatus::running : (fails ? RunStatus::failed : RunStatus::succeeded);
        if (wanted->kind == RunKind::stop) {
            stopped_in_use_ = stopped_in_use_ || std::ranges::any_of(targets_, [](const auto& t) {
                                  return !t.out() || t.in_flight != 0;
                              });
        }
    }
    advance(target.sequence, seen, now_);
}

void FakeTargets::pass(Millis time) {
    for (const Millis until = now_ + time; now_ < until;) {
        now_ += 10;
        for (FakeTarget& target : targets_) {
            advance_one(target);
        }
    }
}

}  // namespace lbdrain::ctl::test
