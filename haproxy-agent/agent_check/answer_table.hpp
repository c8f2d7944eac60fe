// Which line every server's agent-check is answered with at this moment.
//
// The names are fixed when the table is made: a changed configuration makes a new table, which the
// responder is then given. The lines are replaced at any time, by any thread, and read by the
// responder without a lock, an allocation or a wait: each entry holds two lines, of which one is
// current; a writer fills the other and then says so. A reader that is overtaken by two writers
// reads again. That costs 16 loads a check, and a writer that is interrupted in the middle of its
// work keeps no check waiting, as it would with a mutex or a plain sequence lock.
//
// Thread rule: replace() and all const functions from any thread; fetched() from one thread at a
// time, the responder's. Times are milliseconds of the steady clock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "agent_check/answer.hpp"

namespace lbdrain::agent_check {

// What the balancers have asked for. Says that somebody's check was answered, not whose: several
// balancers may ask for the same server.
struct Fetched {
    std::uint64_t count = 0;
    std::int64_t at_ms = 0;     // the last time; meaningless without a count
    std::uint64_t version = 0;  // of the line that was answered last
};

class AnswerTable {
  public:
    using Index = std::uint32_t;

    // Every line is `no_opinion` until it is replaced. Fails if a name comes twice, is empty, is
    // longer than max_name or holds what a question cannot: blanks at its ends, a line's end.
    static std::expected<std::shared_ptr<AnswerTable>, std::string> make(
        std::span<const std::string> names);

    AnswerTable(const AnswerTable&) = delete;
    AnswerTable& operator=(const AnswerTable&) = delete;

    std::size_t size() const noexcept { return entries_.size(); }
    std::optional<Index> find(std::string_view name) const;
    std::string_view name(Index index) const { return entries_[index].name; }

    // Answers from now on with `line`; returns its version, which is greater than any before. A
    // line that is the current one already stays, and keeps its version. What is no line (is_line)
    // counts as `no_opinion`.
    std::uint64_t replace(Index index, std::string_view line);
    std::uint64_t replace(Index index, const Answer& answer) {
        return replace(index, to_line(answer).view());
    }

    struct Current {
        Line line;
        std::uint64_t version = 0;
    };
    Current current(Index index) const noexcept;

    void fetched(Index index, std::uint64_t version, std::int64_t now_ms) noexcept;
    Fetched last_fetched(Index index) const noexcept;

  private:
    AnswerTable() = default;

    using Words = std::array<std::uint64_t, sizeof(Line) / sizeof(std::uint64_t)>;
    using SharedWords = std::array<std::atomic<std::uint64_t>, std::tuple_size_v<Words>>;
    static_assert(sizeof(Line) == sizeof(Words));

    struct Entry {
        explicit Entry(std::string_view its_name) : name(its_name) {}

        std::string name;
        std::atomic<std::uint64_t> version{0};  // version % 2 selects the line
        std::array<SharedWords, 2> lines{};
        std::atomic<std::uint64_t> fetched_count{0};
        std::atomic<std::int64_t> fetched_at_ms{0};
        std::atomic<std::uint64_t> fetched_version{0};
    };

    static void write(SharedWords& to, const Line& line) noexcept;

    std::deque<Entry> entries_;  // never moved: the keys below point into it
    std::unordered_map<std::string_view, Index> by_name_;
    std::mutex writing_;
};

}  // namespace lbdrain::agent_check
