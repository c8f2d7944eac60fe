// Every class of answer, whole and byte by byte.
#include <gmock/gmock.h>

#include "verify/classify.hpp"
#include "verify/histogram.hpp"

namespace lbdrain::ctl {
namespace {

using testing::HasSubstr;

constexpr const char* done = "data: [DONE]\n\n";

std::string chunk(const std::string& text, const std::string& reason = "null") {
    return R"(data: {"id":"c","choices":[{"index":0,"delta":{"content":")" + text +
           R"("},"finish_reason":)" + reason + "}]}\n\n";
}

std::string good_stream() {
    return chunk(" t1") + chunk(" t2") + chunk(" t3", "\"length\"") + done;
}

struct Answered {
    Judgement judgement;
    std::uint64_t tokens = 0;
};

Answered judged(const std::string& body, const Expectation& expected, bool whole,
                std::size_t step) {
    AnswerReader reader(expected);
    for (std::size_t at = 0; at < body.size(); at += step) {
        reader.feed(std::string_view(body).substr(at, step));
    }
    TransferEnd end;
    end.code = whole ? CURLE_OK : CURLE_RECV_ERROR;
    end.sent = true;
    end.status = 200;
    Answered answered;
    answered.judgement = classify(end, reader);
    answered.tokens = reader.tokens();
    return answered;
}

// The class in one piece, which must be the one for every other split too.
RequestClass class_of(const std::string& body, const Expectation& expected = {},
                      bool whole = true) {
    const Answered in_one = judged(body, expected, whole, body.size() + 1);
    for (const std::size_t step : {1U, 2U, 7U}) {
        const Answered split = judged(body, expected, whole, step);
        EXPECT_EQ(split.judgement.what, in_one.judgement.what) << body;
        EXPECT_EQ(split.judgement.detail, in_one.judgement.detail) << body;
        EXPECT_EQ(split.tokens, in_one.tokens) << body;
    }
    return in_one.judgement.what;
}

Expectation numbered(std::int64_t max_tokens = 0) {
    Expectation expected;
    expected.numbered = true;
    expected.max_tokens = max_tokens;
    return expected;
}

Expectation unary() {
    Expectation expected;
    expected.stream = false;
    return expected;
}

TEST(Judge, AWholeStreamIsGood) {
    EXPECT_EQ(class_of(good_stream()), RequestClass::ok);
    EXPECT_EQ(class_of(good_stream(), numbered(3)), RequestClass::ok);
    EXPECT_EQ(judged(good_stream(), {}, true, 1).tokens, 3U);
}

TEST(Judge, WhatEnginesSendBesidesIsGoodToo) {
    // Comments, a role chunk, a usage chunk, CRLF, two choices, other fields of events.
    EXPECT_EQ(class_of(": ping\n\nevent: message\nid: 7\nretry: 10\n" + chunk("") + good_stream()),
              RequestClass::ok);
    EXPECT_EQ(class_of(chunk("a", "\"stop\"") +
                       R"(data: {"choices":[],"usage":{"completion_tokens":1}})" + "\n\n" + done),
              RequestClass::ok);
    EXPECT_EQ(class_of("data:{\"choices\":[{\"text\":\"a\",\"finish_reason\":\"stop\"}]}\r\n\r\n"
                       "data:[DONE]\r\n\r\n"),
              RequestClass::ok);
    EXPECT_EQ(class_of(R"(data: {"choices":[{"index":0,"finish_reason":"stop"},)"
                       R"({"index":1,"finish_reason":"tool_calls"}]})"
                       "\n\ndata: [DONE]\n"),
              RequestClass::ok);
}

TEST(Judge, ACutBodyIsTruncated) {
    EXPECT_EQ(class_of(chunk("a"), {}, false), RequestClass::truncated);
    EXPECT_EQ(class_of("", {}, false), RequestClass::truncated);
    EXPECT_EQ(class_of("data: {\"choi", {}, false), RequestClass::truncated);
    EXPECT_EQ(class_of(good_stream(), {}, false), RequestClass::truncated);
    EXPECT_EQ(class_of("{\"choices\":[", unary(), false), RequestClass::truncated);
}

TEST(Judge, ARegularEndWithoutDoneIsNone) {
    EXPECT_EQ(class_of(chunk("a")), RequestClass::no_done);
    EXPECT_EQ(class_of(chunk("a", "\"stop\"")), RequestClass::no_done);
    EXPECT_EQ(class_of(""), RequestClass::no_done);
}

TEST(Judge, AnErrorObjectIsAnError) {
    EXPECT_EQ(class_of(chunk("a") + "data: {\"error\":{\"message\":\"EngineDead\"}}\n\n" + done),
              RequestClass::error_event);
    EXPECT_EQ(class_of("data: {\"error\":\"no\"}\n\n"), RequestClass::error_event);
    EXPECT_EQ(class_of("data: {\"object\":\"error\",\"message\":\"no\"}\n\n" + std::string(done)),
              RequestClass::error_event);
    EXPECT_EQ(class_of("{\"error\":{\"message\":\"no\"}}", unary()), RequestClass::error_event);
}

TEST(Judge, FinishReasons) {
    EXPECT_EQ(class_of(chunk("a") + done), RequestClass::finish_missing);
    EXPECT_EQ(class_of(done), RequestClass::finish_missing);
    EXPECT_EQ(class_of(chunk("a", "\"abort\"") + done), RequestClass::finish_abort);
    EXPECT_EQ(class_of(chunk("a", "\"error\"") + done), RequestClass::finish_error);
    EXPECT_EQ(class_of(chunk("a", "\"whatever\"") + done), RequestClass::finish_error);
    EXPECT_EQ(class_of(chunk("a", "7") + done), RequestClass::finish_error);
    // One of two choices never ends.
    EXPECT_EQ(class_of(R"(data: {"choices":[{"index":0,"finish_reason":"stop"},{"index":1}]})"
                       "\n\n" +
                       std::string(done)),
              RequestClass::finish_missing);
    const auto whole = [](const std::string& reason) {
        return class_of(
            R"({"choices":[{"message":{"content":"x"},"finish_reason":)" + reason + "}]}", unary());
    };
    EXPECT_EQ(whole("\"stop\""), RequestClass::ok);
    EXPECT_EQ(whole("null"), RequestClass::finish_missing);
    EXPECT_EQ(whole("\"abort\""), RequestClass::finish_abort);
}

TEST(Judge, Malformed) {
    EXPECT_EQ(class_of("data: {oops}\n\n" + std::string(done)), RequestClass::malformed);
    EXPECT_EQ(class_of("data: 7\n\n" + std::string(done)), RequestClass::malformed);
    EXPECT_EQ(class_of("data: {\"x\":1}\n\n" + std::string(done)), RequestClass::malformed);
    EXPECT_EQ(class_of("<html>\n<body>\n"), RequestClass::malformed);
    EXPECT_EQ(class_of(good_stream() + chunk("b")), RequestClass::malformed);
    EXPECT_EQ(class_of(good_stream() + done), RequestClass::malformed);
    EXPECT_EQ(class_of(chunk("a", "\"stop\"") + chunk("b") + done), RequestClass::malformed);
    EXPECT_EQ(class_of(chunk("a", "\"stop\"") + "data: {\"choices\""), RequestClass::malformed);
    EXPECT_EQ(class_of("not json", unary()), RequestClass::malformed);
    EXPECT_EQ(class_of("", unary()), RequestClass::malformed);
    EXPECT_EQ(judged("data: " + std::string(longest_event + 1, 'x'), {}, true, 4096).judgement.what,
              RequestClass::malformed);
}

TEST(Judge, GapsInNumberedTokens) {
    EXPECT_EQ(class_of(chunk(" t1") + chunk(" t3", "\"stop\"") + done, numbered()),
              RequestClass::gap);
    EXPECT_EQ(class_of(chunk(" t1") + chunk(" t1", "\"stop\"") + done, numbered()),
              RequestClass::gap);
    EXPECT_EQ(class_of(chunk(" t2", "\"stop\"") + done, numbered()), RequestClass::gap);
    EXPECT_EQ(class_of(chunk(" word", "\"stop\"") + done, numbered()), RequestClass::gap);
    EXPECT_EQ(class_of(chunk(" t1") + chunk(" t2", "\"length\"") + done, numbered(3)),
              RequestClass::gap);
    // Not one token a chunk.
    EXPECT_EQ(class_of(chunk(" t1 t2 t") + chunk("3", "\"length\"") + done, numbered(3)),
              RequestClass::ok);
    Expectation events = numbered();
    events.shape = Shape::events;
    const std::string tokens = "data: {\"token\":0}\n\ndata: {\"token\":1}\n\n";
    EXPECT_EQ(class_of(tokens + "data: {\"end_of\":2}\n\n" + done, events), RequestClass::ok);
    EXPECT_EQ(class_of(tokens + "data: {\"end_of\":3}\n\n" + done, events), RequestClass::gap);
    EXPECT_EQ(class_of("data: {\"token\":1}\n\n" + tokens + done, events), RequestClass::gap);
}

TEST(Judge, WithoutAHead) {
    const auto of = [](CURLcode code, bool sent, int error = 0) {
        AnswerReader reader({});
        TransferEnd end;
        end.code = code;
        end.sent = sent;
        end.os_error = error;
        return classify(end, reader).what;
    };
    EXPECT_EQ(of(CURLE_COULDNT_CONNECT, false, ECONNREFUSED), RequestClass::refused);
    EXPECT_EQ(of(CURLE_COULDNT_CONNECT, false, ETIMEDOUT), RequestClass::connect_timeout);
    EXPECT_EQ(of(CURLE_OPERATION_TIMEDOUT, false), RequestClass::connect_timeout);
    EXPECT_EQ(of(CURLE_COULDNT_RESOLVE_HOST, false), RequestClass::refused);
    EXPECT_EQ(of(CURLE_PEER_FAILED_VERIFICATION, false), RequestClass::tls);
    EXPECT_EQ(of(CURLE_GOT_NOTHING, true), RequestClass::reset_before_headers);
    EXPECT_EQ(of(CURLE_RECV_ERROR, true, ECONNRESET), RequestClass::reset_before_headers);
    EXPECT_EQ(of(CURLE_SEND_ERROR, true, EPIPE), RequestClass::reset_before_headers);
    EXPECT_EQ(of(CURLE_WEIRD_SERVER_REPLY, true), RequestClass::malformed);
    // Whatever libcurl may say, it is never good without a response.
    for (int code = 0; code < CURL_LAST; ++code) {
        EXPECT_NE(of(static_cast<CURLcode>(code), true), RequestClass::ok) << code;
        EXPECT_NE(of(static_cast<CURLcode>(code), false), RequestClass::ok) << code;
    }
}

TEST(Judge, CutsOfOurs) {
    const auto of = [](Cut cut, int status, const std::string& body) {
        AnswerReader reader({});
        reader.feed(body);
        TransferEnd end;
        end.sent = true;
        end.status = status;
        end.cut = cut;
        return classify(end, reader).what;
    };
    EXPECT_EQ(of(Cut::stall, 0, ""), RequestClass::stall_before_first);
    EXPECT_EQ(of(Cut::stall, 200, ""), RequestClass::stall_before_first);
    EXPECT_EQ(of(Cut::stall, 200, chunk("a")), RequestClass::stall_after_first);
    EXPECT_EQ(of(Cut::stall, 200, good_stream()), RequestClass::stall_after_first);
    EXPECT_EQ(of(Cut::stall, 503, ""), RequestClass::http_status);
    EXPECT_EQ(of(Cut::too_long, 200, chunk("a")), RequestClass::too_long);
    EXPECT_EQ(of(Cut::lost_connection, 0, ""), RequestClass::reset_before_headers);
}

TEST(Judge, WhoMadeAnError) {
    EXPECT_EQ(made_by({"nginx/1.22.1", "<html><hr><center>nginx/1.22.1</center>", false, false}),
              Maker::balancer);
    EXPECT_EQ(made_by({"", "<html><body><h1>503 Service Unavailable</h1>", false, false}),
              Maker::balancer);
    EXPECT_EQ(made_by({"uvicorn", "Internal Server Error", false, false}), Maker::backend);
    EXPECT_EQ(made_by({"nginx", "{\"error\":{}}", false, false}), Maker::backend);
    EXPECT_EQ(made_by({"nginx", "oops", true, false}), Maker::backend);
    EXPECT_EQ(made_by({"nginx", "oops", false, false}), Maker::unknown);
}

TEST(Histogram, PercentilesAreAtMostALittleTooHigh) {
    Histogram times;
    EXPECT_EQ(times.percentile(0.5), 0);
    for (Micros value = 1; value <= 100'000; ++value) {
        times.add(value);
    }
    for (const double share : {0.001, 0.5, 0.9, 0.99, 1.0}) {
        const double exact = share * 100'000;
        EXPECT_GE(static_cast<double>(times.percentile(share)), exact);
        EXPECT_LE(static_cast<double>(times.percentile(share)), exact * 1.016 + 1);
    }
    EXPECT_EQ(times.max(), 100'000);
    Histogram more;
    more.add(5'000'000);
    more.add(times);
    EXPECT_EQ(more.count(), 100'001U);
    EXPECT_EQ(more.percentile(1), 5'000'000);
}

}  // namespace
}  // namespace lbdrain::ctl
