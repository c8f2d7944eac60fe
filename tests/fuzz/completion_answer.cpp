// The body of an answer, as drainctl verify reads it: whatever comes, one class, and the same one
// however it is cut into pieces.
#include "fuzz_target.hpp"
#include "verify/answer.hpp"

namespace ctl = lbdrain::ctl;
using lbdrain::fuzz::require;

namespace {

void check(std::string_view body, const ctl::Expectation& expected, bool whole) {
    ctl::AnswerReader in_one(expected);
    in_one.feed(body);
    ctl::AnswerReader bytewise(expected);
    for (const char& c : body) {
        bytewise.feed({&c, 1});
    }
    const ctl::Judgement one = in_one.end(whole, "cut");
    const ctl::Judgement many = bytewise.end(whole, "cut");
    require(one.what == many.what);
    require(one.detail == many.detail);
    require(in_one.tokens() == bytewise.tokens());
    require(whole || one.what != ctl::RequestClass::ok);
    require(!ctl::to_string(one.what).empty());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto body = lbdrain::fuzz::text(data, size);
    for (const bool stream : {true, false}) {
        for (const bool numbered : {true, false}) {
            for (const auto shape : {ctl::Shape::openai, ctl::Shape::events, ctl::Shape::plain}) {
                ctl::Expectation expected;
                expected.shape = shape;
                expected.stream = stream;
                expected.numbered = numbered;
                check(body, expected, true);
                check(body, expected, false);
            }
        }
    }
    return 0;
}
