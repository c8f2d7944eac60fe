// Judges the body of a 2xx response while it comes: a stream of completion chunks, or one JSON
// document. Pure, incremental; memory is bounded. One owner.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "verify/completion.hpp"
#include "verify/request_class.hpp"
#include "verify/sse.hpp"

namespace lbdrain::ctl {

enum class Shape {
    openai,  // completions: choices, a finish_reason for each, [DONE]
    events,  // any server-sent events, ended by [DONE]
    plain,   // any body: whole is enough
};

struct Expectation {
    Shape shape = Shape::openai;
    bool stream = true;
    // Tokens carry their numbers: " t1 t2 ..." as text, or {"token":0}, {"token":1}, ...
    bool numbered = false;
    std::int64_t max_tokens = 0;  // with `numbered`: what finish_reason "length" has to mean
};

class AnswerReader {
  public:
    explicit AnswerReader(Expectation expected) : expected_(expected) {}

    // How many of the tokens' events ended with these bytes.
    std::size_t feed(std::string_view bytes);

    // `whole`: HTTP says that nothing is missing; else it was cut off, by what `how` says.
    Judgement end(bool whole, const std::string& how = {});

    std::uint64_t bytes() const noexcept { return bytes_; }
    std::uint64_t tokens() const noexcept { return tokens_; }
    bool done() const noexcept { return done_; }
    // What is wrong with it already, whatever comes: the first that was.
    const std::optional<Judgement>& fault() const noexcept { return fault_; }

  private:
    void fail(RequestClass what, std::string detail);
    std::size_t take_event(std::string_view data);
    std::size_t take_part(const CompletionPart& part);
    void take_choice(const CompletionPart::Choice& choice);
    void count_text(std::string_view text);
    void count_token(std::string_view text);
    void count_number(std::int64_t number);
    void check_end(const CompletionPart& part);
    Judgement whole_end();
    std::string so_far() const;

    static constexpr std::size_t most_choices = 128;

    Expectation expected_;
    SseReader sse_;
    std::string document_;  // not a stream
    std::uint64_t bytes_ = 0;
    std::uint64_t tokens_ = 0;
    bool done_ = false;
    bool by_length_ = false;
    std::bitset<most_choices> begun_;
    std::bitset<most_choices> finished_;
    std::int64_t next_number_ = -1;  // none yet
    std::int64_t numbers_ = 0;
    std::string number_tail_;  // of a numbered text: what may go on in the next chunk
    std::optional<Judgement> fault_;
};

}  // namespace lbdrain::ctl
