#include "verify/generator.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace lbdrain::ctl {
namespace {

// A port that refuses must not turn a client into a busy loop.
constexpr Micros pause_after_failure = 100'000;
// Clients do not begin all at once: the backlog of a listener is short.
constexpr Micros ramp_of_one = 500;
constexpr Micros sweep = 50'000;

struct Global {
    Global() { ::curl_global_init(CURL_GLOBAL_DEFAULT); }
    Global(const Global&) = delete;
    Global& operator=(const Global&) = delete;
    ~Global() { ::curl_global_cleanup(); }
};

curl_slist* header_list(const TrafficOptions& options) {
    curl_slist* list = nullptr;
    for (const char* own : {"Content-Type: application/json", "Expect:"}) {
        list = ::curl_slist_append(list, own);
    }
    for (const std::string& header : options.headers) {
        if (curl_slist* longer = ::curl_slist_append(list, header.c_str())) {
            list = longer;
        }
    }
    return list;
}

}  // namespace

Generator::Generator(TrafficOptions options, Listener& listener)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    static const Global global;
    multi_.reset(::curl_multi_init());
    context_.options = std::move(options);
    if (context_.options.http2 && !context_.options.url.starts_with("https:")) {
        // libcurl 7.88 (Debian 12) breaks what is sent second on such a connection: its own
        // `curl --http2-prior-knowledge URL URL` fails so.
        context_.options.connections = Connections::fresh;
    }
    context_.headers.reset(header_list(context_.options));
    context_.listener = &listener;
    context_.began = micros_now();
    const TrafficOptions& traffic = context_.options;
    if (traffic.rate > 0) {
        arrivals_.emplace(traffic.rate);
    } else {
        served_clients_.resize(traffic.concurrency);
        for (std::size_t i = 0; i < traffic.concurrency; ++i) {
            paused_.push_back({static_cast<Micros>(i) * ramp_of_one, i});
        }
    }
    const std::size_t most = arrivals_ ? traffic.most_in_flight : traffic.concurrency;
    ::curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &Generator::watch);
    ::curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
    ::curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &Generator::set_timer);
    ::curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
    if (traffic.connections != Connections::kept) {
        // Else a kept request would join the connection of a fresh one, which ends with that.
        ::curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    }
    ::curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(most));
}

Generator::~Generator() {
    for (const auto& stream : running_) {
        ::curl_multi_remove_handle(multi_.get(), stream->handle());
    }
    multi_.reset();  // closes its connections: before what their callbacks use
}

int Generator::watch(CURL*, curl_socket_t fd, int what, void* self, void*) {
    const int epoll = static_cast<Generator*>(self)->epoll_.get();
    epoll_event event{};
    event.data.fd = fd;
    if (what == CURL_POLL_REMOVE) {
        ::epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event);
        return 0;
    }
    event.events = ((what & CURL_POLL_IN) != 0 ? static_cast<std::uint32_t>(EPOLLIN) : 0U) |
                   ((what & CURL_POLL_OUT) != 0 ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
    if (::epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) != 0 && errno == ENOENT) {
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
    return 0;
}

int Generator::set_timer(CURLM*, long timeout_ms, void* self) {
    auto& generator = *static_cast<Generator*>(self);
    generator.timer_ =
        timeout_ms < 0 ? -1 : generator.now() + static_cast<Micros>(timeout_ms) * 1000;
    return 0;
}

void Generator::begin(std::size_t client, Micros due) {
    if (idle_.empty()) {
        auto stream = std::make_unique<Stream>(context_);
        if (stream->handle() == nullptr) {
            broken_ = "libcurl gives no handle";
            stopping_ = true;
            return;
        }
        idle_.push_back(std::move(stream));
    }
    Stream& stream = *idle_.back();
    const Connections connections = context_.options.connections;
    stream.begin(client, due,
                 connections == Connections::fresh ||
                     (connections == Connections::mixed && begun_ % 2 == 1));
    stream.slot = running_.size();
    running_.push_back(std::move(idle_.back()));
    idle_.pop_back();
    ++begun_;
    ::curl_multi_add_handle(multi_.get(), stream.handle());
}

void Generator::begin_due() {
    if (stopping_) {
        return;
    }
    const Micros at = now();
    if (!arrivals_) {
        while (!paused_.empty() && paused_.front().until <= at && !stopping_) {
            const std::size_t client = paused_.front().client;
            paused_.pop_front();
            begin(client, at);
        }
        return;
    }
    for (; arrivals_->next() <= at && !stopping_; arrivals_->take()) {
        if (running_.size() >= context_.options.most_in_flight) {
            ++not_sent_;
        } else {
            begin(0, arrivals_->next());
        }
    }
}

Micros Generator::oldest_start() const noexcept {
    Micros oldest = now();
    for (const auto& stream : running_) {
        oldest = std::min(oldest, stream->started());
    }
    return oldest;
}

Micros Generator::next_event(Micros until) const noexcept {
    Micros next = running_.empty() ? until : std::min(until, next_sweep_);
    if (timer_ >= 0) {
        next = std::min(next, timer_);
    }
    if (!stopping_) {
        if (arrivals_) {
            next = std::min(next, arrivals_->next());
        } else if (!paused_.empty()) {
            next = std::min(next, paused_.front().until);
        }
    }
    return next;
}

void Generator::turn(Micros until, std::span<pollfd> also) {
    begin_due();
    std::vector<pollfd> polled(also.begin(), also.end());
    polled.push_back({epoll_.get(), POLLIN, 0});
    const Micros wait = std::max<Micros>(0, next_event(until) - now());
    // Rounded up, or the last millisecond would be a busy loop.
    const int ready = ::poll(polled.data(), polled.size(), static_cast<int>((wait + 999) / 1000));
    const Micros woken = now();
    for (std::size_t i = 0; i < also.size(); ++i) {
        also[i].revents = ready > 0 ? polled[i].revents : short{0};
    }
    if (ready > 0 && polled.back().revents != 0) {
        serve_sockets();
    }
    int running = 0;
    if (timer_ >= 0 && timer_ <= now()) {
        timer_ = -1;
        ::curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
    }
    reap();
    if (now() >= next_sweep_) {
        end_overdue();
        next_sweep_ = now() + sweep;
    }
    longest_turn_ = std::max(longest_turn_, now() - woken);
}

void Generator::serve_sockets() {
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        int what = 0;
        what |= (event.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0;
        what |= (event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0;
        what |= (event.events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0;
        int running = 0;
        ::curl_multi_socket_action(multi_.get(), event.data.fd, what, &running);
    }
}

void Generator::reap() {
    int left = 0;
    while (const CURLMsg* message = ::curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg == CURLMSG_DONE) {
            char* stream = nullptr;
            ::curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &stream);
            finish(*reinterpret_cast<Stream*>(stream), message->data.result, Cut::no);
        }
    }
}

void Generator::end_overdue() {
    const Micros at = now();
    for (std::size_t i = running_.size(); i-- > 0;) {
        if (const Cut cut = running_[i]->overdue(at); cut != Cut::no) {
            finish(*running_[i], CURLE_OK, cut);
        }
    }
}

void Generator::finish(Stream& stream, CURLcode code, Cut cut) {
    const RequestEnd end = stream.end(code, cut);
    ::curl_multi_remove_handle(multi_.get(), stream.handle());
    const std::size_t slot = stream.slot;
    idle_.push_back(std::move(running_[slot]));
    if (slot + 1 != running_.size()) {
        running_[slot] = std::move(running_.back());
        running_[slot]->slot = slot;
    }
    running_.pop_back();
    const bool good = end.judgement.what == RequestClass::ok;
    if (!arrivals_) {
        const std::size_t client = stream.client();
        if (good && !served_clients_[client]) {
            served_clients_[client] = true;
            ++served_;
        }
        // Those that are due stand in front; behind them almost sorted is enough.
        if (good) {
            paused_.push_front({now(), client});
        } else {
            paused_.push_back({now() + pause_after_failure, client});
        }
    }
    context_.listener->ended(end);
}

}  // namespace lbdrain::ctl
