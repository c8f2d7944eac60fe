// The responder's thread: one epoll loop over the listening sockets, the connections whose line is
// not whole, and a word from outside.
//
// run() is the thread; serve(), stop() and stats() are called from any other. Everything else
// belongs to the thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent_check/answer_table.hpp"
#include "agent_check/clients.hpp"
#include "agent_check/notices.hpp"
#include "agent_check/responder.hpp"
#include "lbdrain/posix/unique_fd.hpp"

namespace lbdrain::agent_check {

struct ServedPort {
    std::shared_ptr<UniqueFd> socket;
    std::optional<AnswerTable::Index> index;  // whose port it is
    bool shared = false;
};

class Serving {
  public:
    struct Limits {
        std::int64_t client_timeout_ms = 0;
        std::size_t most_clients = 0;
        Notify notify;
    };

    static std::expected<std::unique_ptr<Serving>, std::string> make(Limits limits);
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;

    void run();
    void stop();
    // Returns once the thread has taken it over.
    void serve(std::vector<ServedPort> ports, std::shared_ptr<AnswerTable> table);
    ResponderStats stats() const noexcept;

  private:
    explicit Serving(Limits limits);

    using Counter = std::atomic<std::uint64_t>;
    static void count(Counter& counter) noexcept;
    static UniqueFd open_reserve() noexcept;

    void wake() const noexcept;
    void take_orders();
    void watch_ports(std::uint32_t events);
    int next_timeout() const noexcept;
    void dispatch(std::uint64_t what);

    void accept_from(const ServedPort& port);
    void accept_with_reserve(const ServedPort& port, int error);
    void greet(const ServedPort& port, UniqueFd fd, bool may_wait);
    void keep(UniqueFd fd, std::string_view bytes);
    void hear(Clients::Id id);
    void drop(Clients::Id id, Counter& as);
    void drop_late();

    void answer_question(int fd, std::string_view name);
    void answer(int fd, AnswerTable::Index index);
    bool send_all(int fd, std::string_view line) noexcept;
    void notice_unknown(int fd, std::string_view name);
    void notice_no_room(int error);
    void notice_no_line(Clients::Id id);

    UniqueFd epoll_;
    UniqueFd wake_;
    UniqueFd reserve_;  // a descriptor to give up when there are no others
    std::int64_t timeout_ms_;
    Clients clients_;
    Notices notices_;
    std::vector<ServedPort> ports_;
    std::shared_ptr<AnswerTable> table_;
    bool end_ = false;
    std::int64_t now_ms_ = 0;           // when this turn of the loop began
    std::int64_t paused_until_ms_ = 0;  // nothing is accepted before; 0: not paused

    std::mutex mutex_;  // guards the rest up to the counters
    std::condition_variable taken_;
    bool stopping_ = false;
    bool ordered_ = false;
    std::vector<ServedPort> next_ports_;
    std::shared_ptr<AnswerTable> next_table_;

    Counter answered_{0};
    Counter unknown_{0};
    Counter dropped_{0};
    Counter gone_{0};
    Counter open_{0};
};

}  // namespace lbdrain::agent_check
