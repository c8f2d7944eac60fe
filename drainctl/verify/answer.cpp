#include "verify/answer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace lbdrain::ctl {
namespace {

constexpr std::size_t longest_document = 8U << 20U;  // bytes
constexpr std::size_t longest_detail = 160;

// Of OpenAI, vLLM, SGLang, TGI, llama.cpp and their peers.
constexpr std::array<std::string_view, 9> good_reasons = {
    "stop",      "length",        "tool_calls", "function_call", "content_filter",
    "eos_token", "stop_sequence", "eos",        "repetition"};

}  // namespace

void AnswerReader::fail(RequestClass what, std::string detail) {
    if (!fault_) {
        if (detail.size() > longest_detail) {
            detail.resize(longest_detail);
        }
        fault_ = {what, std::move(detail)};
    }
}

std::size_t AnswerReader::feed(std::string_view bytes) {
    bytes_ += bytes.size();
    if (expected_.shape == Shape::plain) {
        return 0;
    }
    if (!expected_.stream) {
        if (document_.size() + bytes.size() > longest_document) {
            fail(RequestClass::malformed, "a document longer than 8 MiB");
            document_.clear();
        } else if (!fault_) {
            document_ += bytes;
        }
        return 0;
    }
    std::size_t tokens = 0;
    sse_.feed(bytes, [&](std::string_view data) { tokens += take_event(data); });
    if (sse_.fault() != nullptr) {
        fail(RequestClass::malformed, sse_.fault());
    }
    tokens_ += tokens;
    return tokens;
}

std::size_t AnswerReader::take_event(std::string_view data) {
    if (data == "[DONE]") {
        if (done_) {
            fail(RequestClass::malformed, "a second [DONE]");
        }
        done_ = true;
        return 0;
    }
    if (done_) {
        fail(RequestClass::malformed, "an event after [DONE]");
    }
    const auto part = read_completion(data);
    if (!part) {
        if (expected_.shape == Shape::openai || data.starts_with('{')) {
            fail(RequestClass::malformed, "an event that is no completion chunk");
        }
        return 1;
    }
    return take_part(*part);
}

std::size_t AnswerReader::take_part(const CompletionPart& part) {
    if (part.error) {
        fail(RequestClass::error_event, *part.error);
        return 0;
    }
    if (expected_.shape == Shape::openai && !part.has_choices) {
        fail(RequestClass::malformed, "a completion without choices");
        return 0;
    }
    bool content = expected_.shape == Shape::events && !part.end_of;
    for (const CompletionPart::Choice& choice : part.choices) {
        take_choice(choice);
        content = content || choice.content;
    }
    if (expected_.numbered) {
        if (part.token) {
            count_number(*part.token);
        }
        check_end(part);
    }
    return content ? 1 : 0;
}

void AnswerReader::take_choice(const CompletionPart::Choice& choice) {
    if (choice.index < 0 || choice.index >= static_cast<std::int64_t>(most_choices)) {
        fail(RequestClass::malformed, "a choice's index out of range");
        return;
    }
    const auto index = static_cast<std::size_t>(choice.index);
    begun_.set(index);
    if (choice.content && finished_.test(index)) {
        fail(RequestClass::malformed, "content after finish_reason");
    }
    if (expected_.numbered) {
        count_text(choice.text);
    }
    if (choice.finish_reason.empty()) {
        return;
    }
    finished_.set(index);
    by_length_ = by_length_ || choice.finish_reason == "length";
    if (choice.finish_reason == "abort") {
        fail(RequestClass::finish_abort, "finish_reason \"abort\" " + so_far());
    } else if (std::ranges::find(good_reasons, choice.finish_reason) == good_reasons.end()) {
        fail(RequestClass::finish_error, "finish_reason \"" + choice.finish_reason + "\"");
    }
}

void AnswerReader::count_text(std::string_view text) {
    // A token is whole once the next begins or the answer ends: " t12" may come in two pieces.
    number_tail_ += text;
    for (std::size_t next = 0; (next = number_tail_.find(' ', 1)) != std::string::npos;) {
        count_token(std::string_view(number_tail_).substr(0, next));
        number_tail_.erase(0, next);
    }
    if (number_tail_.size() > 32) {
        fail(RequestClass::gap, "a text that is no numbered token");
        number_tail_.clear();
    }
}

void AnswerReader::count_token(std::string_view text) {
    std::int64_t number = -1;
    if (text.starts_with(" t")) {
        const char* end = text.data() + text.size();
        const auto read = std::from_chars(text.data() + 2, end, number);
        number = read.ptr == end && read.ec == std::errc() ? number : -1;
    }
    if (number < 0) {
        fail(RequestClass::gap, "a text that is no numbered token");
    } else {
        count_number(number);
    }
}

void AnswerReader::count_number(std::int64_t number) {
    const bool first = next_number_ < 0;
    if (first ? number < 0 || number > 1 : number != next_number_) {
        fail(RequestClass::gap, "token " + std::to_string(number) + " where " +
                                    std::to_string(std::max<std::int64_t>(next_number_, 0)) +
                                    " was due");
    }
    next_number_ = number < INT64_MAX ? number + 1 : 0;
    ++numbers_;
}

void AnswerReader::check_end(const CompletionPart& part) {
    if ((part.completion_tokens || part.end_of) && !number_tail_.empty()) {
        count_token(std::exchange(number_tail_, {}));
    }
    for (const auto& announced : {part.completion_tokens, part.end_of}) {
        if (announced && *announced != numbers_) {
            fail(RequestClass::gap, std::to_string(numbers_) + " tokens of " +
                                        std::to_string(*announced) + " announced");
        }
    }
}

std::string AnswerReader::so_far() const {
    if (!expected_.stream || expected_.shape == Shape::plain) {
        return "after " + std::to_string(bytes_) + " bytes";
    }
    return "after " + std::to_string(tokens_) + " tokens";
}

Judgement AnswerReader::end(bool whole, const std::string& how) {
    if (fault_) {
        return *fault_;
    }
    if (!whole) {
        return {RequestClass::truncated, how + " " + so_far() + (done_ ? " and [DONE]" : "")};
    }
    return whole_end();
}

Judgement AnswerReader::whole_end() {
    if (expected_.shape == Shape::plain) {
        return {};
    }
    if (!expected_.stream) {
        const auto part = read_completion(document_);
        if (!part) {
            return {RequestClass::malformed, "a body that is no JSON object"};
        }
        tokens_ += take_part(*part);
    } else if (sse_.within_event()) {
        // Not ended by an empty line: the standard drops it, clients that read lines take it.
        if (sse_.rest() != "[DONE]") {
            fail(RequestClass::malformed, "it ended within an event");
        }
        done_ = true;
    }
    if (expected_.numbered && !number_tail_.empty()) {
        count_token(std::exchange(number_tail_, {}));
    }
    if (fault_) {
        return *fault_;
    }
    if (expected_.stream && !done_) {
        return {RequestClass::no_done, "a regular end " + so_far()};
    }
    if (expected_.shape == Shape::openai && (begun_.none() || begun_ != finished_)) {
        return {RequestClass::finish_missing, "no finish_reason " + so_far()};
    }
    if (expected_.numbered && by_length_ && expected_.max_tokens > 0 &&
        numbers_ != expected_.max_tokens) {
        return {RequestClass::gap, std::to_string(numbers_) + " tokens of " +
                                       std::to_string(expected_.max_tokens) + " asked for"};
    }
    return {};
}

}  // namespace lbdrain::ctl
