// The connections whose line has not come in full: a bounded number, each with a bounded buffer, in
// the order of their arrival. As all get the same time, the first is also the first to be late.
// All memory is taken at construction. Used by the responder's thread only.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "agent_check/question.hpp"
#include "lbdrain/posix/unique_fd.hpp"

namespace lbdrain::agent_check {

class Clients {
  public:
    using Id = std::uint32_t;
    static constexpr Id none = UINT32_MAX;

    explicit Clients(std::size_t most);

    bool full() const noexcept { return free_ == none; }
    Id oldest() const noexcept { return first_; }

    // Not when full(). `bytes`: what it has said so far, shorter than max_question.
    Id add(UniqueFd fd, std::string_view bytes, std::int64_t now_ms) noexcept;
    UniqueFd remove(Id id) noexcept;

    bool has(Id id) const noexcept { return id < all_.size() && all_[id].fd; }
    int fd(Id id) const noexcept { return all_[id].fd.get(); }
    std::int64_t since_ms(Id id) const noexcept { return all_[id].since_ms; }
    std::string_view said(Id id) const noexcept { return {all_[id].bytes.data(), all_[id].size}; }

    enum class Read { more, full, gone };
    // Reads what there is: more may come, the buffer is full, or the client has gone.
    Read read(Id id) noexcept;

  private:
    struct Client {
        UniqueFd fd;
        Id before = none;
        Id after = none;  // of the free ones: the next free one
        std::int64_t since_ms = 0;
        std::size_t size = 0;
        std::array<char, max_question> bytes{};
    };

    std::vector<Client> all_;
    Id free_ = none;
    Id first_ = none;
    Id last_ = none;
};

}  // namespace lbdrain::agent_check
