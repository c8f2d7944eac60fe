#include "agent_check/answer_table.hpp"

#include <bit>

#include "agent_check/question.hpp"

namespace lbdrain::agent_check {

std::expected<std::shared_ptr<AnswerTable>, std::string> AnswerTable::make(
    std::span<const std::string> names) {
    std::shared_ptr<AnswerTable> table(new AnswerTable);
    for (const std::string& name : names) {
        if (!can_be_asked(name)) {
            return std::unexpected("\"" + printable(name) + "\" cannot be the name of a server");
        }
        const auto index = static_cast<Index>(table->entries_.size());
        Entry& entry = table->entries_.emplace_back(name);
        if (!table->by_name_.emplace(entry.name, index).second) {
            return std::unexpected("the server \"" + name + "\" comes twice");
        }
        write(entry.lines[0], Line(no_opinion));
    }
    return table;
}

std::optional<AnswerTable::Index> AnswerTable::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

std::uint64_t AnswerTable::replace(Index index, std::string_view text) {
    const Line line = is_line(text) ? text : no_opinion;
    const std::lock_guard lock(writing_);
    const Current before = current(index);
    if (before.line == line) {
        return before.version;
    }
    Entry& entry = entries_[index];
    const std::uint64_t version = before.version + 1;
    write(entry.lines[version % 2], line);
    entry.version.store(version, std::memory_order_release);
    return version;
}

// Every word is released after, and acquired before, the version: who meets a word of a line that
// is being written meets a version later than the one before it, and reads again. (Fences would say
// so more cheaply on other processors than x86, but ThreadSanitizer does not know them.)
void AnswerTable::write(SharedWords& to, const Line& line) noexcept {
    const auto words = std::bit_cast<Words>(line);
    for (std::size_t i = 0; i < words.size(); ++i) {
        to[i].store(words[i], std::memory_order_release);
    }
}

AnswerTable::Current AnswerTable::current(Index index) const noexcept {
    const Entry& entry = entries_[index];
    for (;;) {
        const std::uint64_t version = entry.version.load(std::memory_order_acquire);
        const SharedWords& shared = entry.lines[version % 2];
        Words words{};
        for (std::size_t i = 0; i < words.size(); ++i) {
            words[i] = shared[i].load(std::memory_order_acquire);
        }
        if (entry.version.load(std::memory_order_relaxed) == version) {
            return {std::bit_cast<Line>(words), version};
        }
    }
}

void AnswerTable::fetched(Index index, std::uint64_t version, std::int64_t now_ms) noexcept {
    Entry& entry = entries_[index];
    entry.fetched_at_ms.store(now_ms, std::memory_order_relaxed);
    entry.fetched_version.store(version, std::memory_order_relaxed);
    // One thread counts, so no read-modify-write is needed. Last: who sees the count sees the rest.
    entry.fetched_count.store(entry.fetched_count.load(std::memory_order_relaxed) + 1,
                              std::memory_order_release);
}

Fetched AnswerTable::last_fetched(Index index) const noexcept {
    const Entry& entry = entries_[index];
    Fetched fetched;
    fetched.count = entry.fetched_count.load(std::memory_order_acquire);
    fetched.at_ms = entry.fetched_at_ms.load(std::memory_order_relaxed);
    fetched.version = entry.fetched_version.load(std::memory_order_relaxed);
    return fetched;
}

}  // namespace lbdrain::agent_check
