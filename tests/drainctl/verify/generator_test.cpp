// The generator against servers that really misbehave: every class, many times, none missed.
#include <gmock/gmock.h>

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <map>

#include "bad_server.hpp"
#include "nginx.hpp"
#include "replica.hpp"
#include "verify/generator.hpp"

namespace lbdrain::test {
namespace {

using ctl::Connections;
using ctl::Generator;
using ctl::RequestClass;
using ctl::RequestEnd;
using ctl::TrafficOptions;

constexpr int repeats = 20;

std::string event(const std::string& reason) {
    return R"(data: {"choices":[{"index":0,"text":" t1","finish_reason":)" + reason + "}]}\n\n";
}
const std::string done = "data: [DONE]\n\n";
const std::string good_body = event("\"stop\"") + done;

std::string whole(const std::string& body) {
    return chunked_head() + http_chunk(body) + chunked_end;
}

// Counts; ends with the last of `repeats` requests.
class Counter : public ctl::Listener {
  public:
    unsigned replica(std::string_view) override { return 1; }
    void token(unsigned, ctl::Micros, ctl::Micros) override { ++tokens; }
    void ended(const RequestEnd& request) override {
        ++by[request.judgement.what];
        ++ended_count;
        stale += request.stale_connection ? 1 : 0;
        kept += request.kept_connection ? 1 : 0;
        last = request;
    }
    std::map<RequestClass, int> by;
    int ended_count = 0;
    int tokens = 0;
    int stale = 0;
    int kept = 0;
    RequestEnd last;
};

TrafficOptions traffic(const std::string& url) {
    TrafficOptions options;
    options.url = url;
    options.body = "{}";
    options.concurrency = 4;
    options.connect_timeout = 10 * ctl::per_second;
    return options;
}

Counter run(const TrafficOptions& options, int requests = repeats) {
    Counter counter;
    Generator generator(options, counter);
    while (generator.in_flight() > 0 || counter.ended_count < requests) {
        generator.turn(generator.now() + 100'000, {});
        if (counter.ended_count >= requests) {
            generator.stop();
        }
    }
    return counter;
}

// All requests end so, whatever the connections.
testing::AssertionResult all_are(RequestClass what, const TrafficOptions& options) {
    const Counter counter = run(options);
    if (counter.by.size() == 1 && counter.by.begin()->first == what) {
        return testing::AssertionSuccess();
    }
    auto failure = testing::AssertionFailure();
    for (const auto& [got, count] : counter.by) {
        failure << count << " " << ctl::to_string(got) << " ";
    }
    return failure << "(" << counter.last.judgement.detail << ")";
}

// Answers each request of a connection so, and ends the connection if it has to be.
BadServer::Script says(const std::string& bytes, bool reset = false, bool close = true) {
    return [=](BadConnection& connection) {
        while (connection.read_request()) {
            connection.send(bytes);
            if (reset) {
                connection.reset();
            }
            if (close) {
                return;
            }
        }
    };
}

TEST(VerifyGenerator, GoodAnswersAreGoodOnEveryKindOfConnection) {
    BadServer server(says(whole(good_body), false, false));
    for (const auto connections : {Connections::kept, Connections::fresh, Connections::mixed}) {
        TrafficOptions options = traffic(server.url());
        options.connections = connections;
        const Counter counter = run(options, 200);
        EXPECT_EQ(counter.by.at(RequestClass::ok), counter.ended_count);
        EXPECT_EQ(counter.kept > 0, connections != Connections::fresh);
        EXPECT_EQ(counter.tokens, counter.ended_count);
        EXPECT_EQ(counter.stale, 0);
    }
}

TEST(VerifyGenerator, EveryBrokenAnswerIsFound) {
    const std::string head = chunked_head();
    struct Case {
        RequestClass what;
        std::string bytes;
        bool reset = false;
    };
    const std::vector<Case> cases = {
        {RequestClass::reset_before_headers, "", false},
        {RequestClass::reset_before_headers, "", true},
        {RequestClass::reset_before_headers, "HTTP/1.1 200 OK\r\nContent-", false},
        {RequestClass::truncated, head, false},
        {RequestClass::truncated, head, true},
        {RequestClass::truncated, head + http_chunk(event("null")), false},
        {RequestClass::truncated, head + http_chunk(event("null")), true},
        {RequestClass::truncated, head + http_chunk(good_body), false},
        {RequestClass::truncated, "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + good_body},
        {RequestClass::http_status, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"},
        {RequestClass::http_status, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"},
        {RequestClass::http_status, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"},
        {RequestClass::no_done, whole(event("\"stop\""))},
        {RequestClass::no_done, "HTTP/1.0 200 OK\r\n\r\n" + event("null")},
        {RequestClass::error_event, whole("data: {\"error\":{\"message\":\"x\"}}\n\n" + done)},
        {RequestClass::finish_missing, whole(event("null") + done)},
        {RequestClass::finish_abort, whole(event("\"abort\"") + done)},
        {RequestClass::finish_error, whole(event("\"error\"") + done)},
        {RequestClass::malformed, whole("data: {oops\n\n" + done)},
        {RequestClass::malformed, "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
        {RequestClass::malformed, head + "zz\r\nno chunk\r\n"},
        {RequestClass::ok, "HTTP/1.0 200 OK\r\n\r\n" + good_body},
        {RequestClass::ok, "HTTP/1.1 100 Continue\r\n\r\n" + whole(good_body)},
    };
    for (const Case& each : cases) {
        BadServer server(says(each.bytes, each.reset));
        EXPECT_TRUE(all_are(each.what, traffic(server.url()))) << each.bytes;
    }
}

TEST(VerifyGenerator, GapsAreFoundWhereTokensAreNumbered) {
    Replica replica("r1");
    TrafficOptions options = traffic("http://" + replica.address() + "/?sse=1&chunks=5");
    options.expected.shape = ctl::Shape::events;
    options.expected.numbered = true;
    EXPECT_TRUE(all_are(RequestClass::ok, options));
    options.url += "&skip=2";
    EXPECT_TRUE(all_are(RequestClass::gap, options));
}

TEST(VerifyGenerator, StallsAreToldApart) {
    for (const auto& [what, bytes] : std::map<RequestClass, std::string>{
             {RequestClass::stall_before_first, chunked_head()},
             {RequestClass::stall_after_first, chunked_head() + http_chunk(event("null"))}}) {
        BadServer server([bytes = bytes](BadConnection& connection) {
            connection.read_request();
            connection.send(bytes);
            connection.until_client_left();
        });
        TrafficOptions options = traffic(server.url());
        options.stall = 200'000;
        options.concurrency = repeats;
        EXPECT_TRUE(all_are(what, options));
    }
}

TEST(VerifyGenerator, NoConnection) {
    EXPECT_TRUE(
        all_are(RequestClass::refused, traffic("http://127.0.0.1:" + std::to_string(free_port()))));
    BadServer plain([](BadConnection& connection) {
        connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
        connection.until_client_left();
    });
    EXPECT_TRUE(
        all_are(RequestClass::tls, traffic("https://127.0.0.1:" + std::to_string(plain.port()))));
    BadServer silent([](BadConnection& connection) { connection.until_client_left(); });
    TrafficOptions options = traffic("https://127.0.0.1:" + std::to_string(silent.port()));
    options.connect_timeout = 200'000;
    EXPECT_TRUE(all_are(RequestClass::connect_timeout, options));
}

TEST(VerifyGenerator, AnAnswerWithoutEndIsTooLong) {
    Replica replica("r1");
    TrafficOptions options =
        traffic("http://" + replica.address() + "/?sse=1&chunks=1000000&gap_ms=5");
    options.expected.shape = ctl::Shape::events;
    options.max_time = 200'000;
    options.concurrency = repeats;
    EXPECT_TRUE(all_are(RequestClass::too_long, options));
}

TEST(VerifyGenerator, Http2BehindARealNginx) {
    Replica replica("r1");
    const std::uint16_t port = free_port();
    NginxOptions nginx_options;
    nginx_options.http = "server { listen 127.0.0.1:" + std::to_string(port) +
                         " http2; location / { proxy_http_version 1.1; proxy_pass http://" +
                         replica.address() + "; } }";
    Nginx nginx(nginx_options);
    ASSERT_TRUE(nginx.start());
    TrafficOptions options =
        traffic("http://127.0.0.1:" + std::to_string(port) + "/?sse=1&chunks=5");
    options.http2 = true;
    options.expected.shape = ctl::Shape::events;
    options.expected.numbered = true;
    for (const auto connections : {Connections::kept, Connections::mixed, Connections::fresh}) {
        options.connections = connections;
        EXPECT_TRUE(all_are(RequestClass::ok, options));
    }
    // NGINX ends the stream, with or without having sent the head.
    options.url += "&truncate_at=2";
    Counter counter = run(options);
    EXPECT_EQ(counter.by[RequestClass::truncated] + counter.by[RequestClass::reset_before_headers],
              counter.ended_count);
}

// libcurl alone would send the request again and say nothing.
TEST(VerifyGenerator, ALostRequestOnAKeptConnectionIsNotHidden) {
    BadServer server([](BadConnection& connection) {
        if (connection.read_request()) {
            connection.send(whole(good_body));
        }
        connection.read_request();  // taken, and never answered
    });
    TrafficOptions options = traffic(server.url());
    options.connections = Connections::kept;
    const Counter counter = run(options);
    EXPECT_GE(counter.by.at(RequestClass::ok), 1);
    EXPECT_GE(counter.by.at(RequestClass::reset_before_headers), repeats / 3);
    EXPECT_EQ(counter.stale, 0);
}

// A server that closes just as the next request comes: sent again where it had not arrived, and
// that is counted. Goes on until the race was lost that way.
TEST(VerifyGenerator, AConnectionClosedUnusedIsCountedAndSentAgain) {
    std::atomic<unsigned> delay = 0;
    BadServer server([&](BadConnection& connection) {
        if (connection.read_request()) {
            connection.send(whole(good_body));
        }
        for (const auto until =
                 std::chrono::steady_clock::now() + std::chrono::microseconds(delay++ % 100);
             std::chrono::steady_clock::now() < until;) {
        }
    });
    TrafficOptions options = traffic(server.url());
    options.connections = Connections::kept;
    Counter counter;
    Generator generator(options, counter);
    int good_again = 0;
    const auto began = steady_ms();
    while (good_again == 0 && time_left(began, long_enough).count() > 0) {
        const int before = counter.stale;
        generator.turn(generator.now() + 100'000, {});
        good_again += counter.stale - before;
    }
    EXPECT_GT(good_again, 0) << counter.ended_count;
    EXPECT_GT(counter.by[RequestClass::ok], 0);
    for (const auto& [what, count] : counter.by) {
        EXPECT_TRUE(what == RequestClass::ok || what == RequestClass::reset_before_headers)
            << count << " " << ctl::to_string(what);
    }
}

// What tells a race for an idle connection from a lost request.
TEST(VerifyGenerator, TheKernelKnowsWhetherARequestArrived) {
    for (const bool taken : {true, false}) {
        const Endpoint endpoint = Endpoint::tcp(free_port());
        const UniqueFd listener = listen_on(endpoint);
        UniqueFd client = connect_to(endpoint, long_enough);
        pollfd ready{listener.get(), POLLIN, 0};
        ASSERT_EQ(::poll(&ready, 1, -1), 1);
        UniqueFd server(::accept(listener.get(), nullptr, nullptr));
        const std::string request(500, 'x');
        if (!taken) {
            server.reset();
        }
        ASSERT_EQ(::send(client.get(), request.data(), request.size(), MSG_NOSIGNAL), 500);
        if (taken) {
            char buffer[500];
            ASSERT_EQ(::recv(server.get(), buffer, sizeof buffer, MSG_WAITALL), 500);
            server.reset();
        }
        ready = {client.get(), POLLIN | POLLRDHUP, 0};
        ASSERT_EQ(::poll(&ready, 1, -1), 1);
        ctl::StaleConnections stale;
        stale.closing(client.get());
        EXPECT_EQ(stale.nothing_arrived(local_port(client.get())), !taken);
        EXPECT_FALSE(stale.nothing_arrived(0));
    }
}

}  // namespace
}  // namespace lbdrain::test
