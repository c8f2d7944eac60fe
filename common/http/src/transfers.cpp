#include "lbdrain/http/transfers.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "easy.hpp"

namespace lbdrain::http {
namespace {

using std::chrono::milliseconds;

int poll_time(TimePoint until) {
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
    return static_cast<int>(std::clamp<decltype(left)>(left, 0, 60000));
}

// Polls the transfers and what is heeded. True: interrupted.
bool poll_all(CURLM* multi, TimePoint until, Heeded* also) {
    std::vector<pollfd> fds;
    if (also != nullptr) {
        fds = also->also_poll();
    }
    std::vector<curl_waitfd> extra;
    extra.reserve(fds.size());
    for (const pollfd& fd : fds) {
        const bool in = (fd.events & POLLIN) != 0;
        extra.push_back({fd.fd, static_cast<short>(in ? CURL_WAIT_POLLIN : CURL_WAIT_POLLOUT), 0});
    }
    ::curl_multi_poll(multi, extra.data(), static_cast<unsigned>(extra.size()), poll_time(until),
                      nullptr);
    for (std::size_t i = 0; i < fds.size(); ++i) {
        fds[i].revents = extra[i].revents;
    }
    return also != nullptr && also->heed(fds);
}

}  // namespace

struct Transfers::Impl {
    using Running = std::map<Id, std::unique_ptr<Easy>>;

    Result finish(Running::iterator which, CURLcode code) {
        // What is asked of it is gone with its place in the multi handle.
        Result result = which->second->result(code);
        ::curl_multi_remove_handle(multi.get(), which->second->handle());
        running.erase(which);
        return result;
    }

    // Those that libcurl has ended, and those that it should have.
    std::vector<Done> collect() {
        std::vector<Done> done = std::exchange(failed, {});
        int queued = 0;
        while (const CURLMsg* message = ::curl_multi_info_read(multi.get(), &queued)) {
            const auto which = std::ranges::find_if(running, [&](const auto& one) {
                return one.second->handle() == message->easy_handle;
            });
            if (message->msg == CURLMSG_DONE && which != running.end()) {
                const Id id = which->first;
                done.push_back({id, finish(which, message->data.result)});
            }
        }
        const TimePoint now = Clock::now();
        for (auto which = running.begin(); which != running.end();) {
            const auto next = std::next(which);
            if (now >= which->second->until()) {
                const Id id = which->first;
                done.push_back({id, finish(which, CURLE_OPERATION_TIMEDOUT)});
            }
            which = next;
        }
        return done;
    }

    TimePoint earliest(TimePoint until) const {
        for (const auto& [id, easy] : running) {
            until = std::min(until, easy->until());
        }
        return until;
    }

    std::unique_ptr<CURLM, Free<&::curl_multi_cleanup>> multi{::curl_multi_init()};
    Running running;
    std::vector<Done> failed;  // could not even begin; told by the next wait
};

Transfers::Transfers() : impl_(std::make_unique<Impl>()) {}

Transfers::~Transfers() {
    for (const auto& [id, easy] : impl_->running) {
        ::curl_multi_remove_handle(impl_->multi.get(), easy->handle());
    }
}

void Transfers::start(Id id, const Request& request, TimePoint until) {
    auto easy = std::make_unique<Easy>(request, until);
    if (impl_->multi == nullptr || easy->handle() == nullptr ||
        ::curl_multi_add_handle(impl_->multi.get(), easy->handle()) != CURLM_OK) {
        impl_->failed.push_back({id, std::unexpected(Failure{"libcurl cannot start", true})});
        return;
    }
    impl_->running[id] = std::move(easy);
}

Failure Transfers::cancel(Id id) {
    const auto which = impl_->running.find(id);
    if (which == impl_->running.end()) {
        return {"interrupted", true};
    }
    return impl_->finish(which, CURLE_ABORTED_BY_CALLBACK).error();
}

std::size_t Transfers::running() const noexcept {
    return impl_->running.size();
}

Transfers::Waited Transfers::wait(TimePoint until, Heeded* also) {
    Waited waited;
    for (bool polled = false;; polled = true) {
        int count = 0;
        ::curl_multi_perform(impl_->multi.get(), &count);
        waited.done = impl_->collect();
        // A wake() cannot be told from other events: the caller sees after one look at most.
        if (!waited.done.empty() || waited.interrupted || polled || Clock::now() >= until) {
            return waited;
        }
        waited.interrupted = poll_all(impl_->multi.get(), impl_->earliest(until), also);
    }
}

void Transfers::wake() noexcept {
    ::curl_multi_wakeup(impl_->multi.get());
}

}  // namespace lbdrain::http
