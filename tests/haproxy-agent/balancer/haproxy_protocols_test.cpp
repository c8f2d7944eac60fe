// Other protocols than plain HTTP/1: what they carry is counted, and drains wait for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "haproxy_fixture.hpp"
#include "nginx.hpp"
#include "token_stream.hpp"
#include "websocket.hpp"

namespace lbdrain::agent {
namespace {

using testing::Lt;
using testing::SizeIs;

const std::string cookie_line = "    cookie SRV insert indirect\n";

// Speaks HTTP/2 without TLS, and names the connection that a response went through.
test::NginxOptions http2_front(std::uint16_t port, const test::Replica& replica) {
    test::NginxOptions options;
    options.http = "    server {\n        listen 127.0.0.1:" + std::to_string(port) +
                   " http2;\n        location / {\n            proxy_pass http://" +
                   replica.address() +
                   ";\n            proxy_buffering off;\n            proxy_http_version 1.1;\n"
                   "            add_header X-Connection $connection;\n"
                   "            add_header X-Protocol $server_protocol;\n        }\n    }";
    return options;
}

TEST(HaproxyProtocols, StreamsOfOneHttp2ConnectionAreCountedOneByOne) {
    constexpr int streams = 8;
    FixtureOptions options;
    options.backend_lines = cookie_line + "    http-reuse always\n";
    HaproxyFixture fixture(options);
    const auto port = test::free_port();
    test::Nginx front(http2_front(port, fixture.a));
    ASSERT_TRUE(front.start());
    fixture.haproxy.set_proxies(
        "frontend fe\n    bind @DIR@/fe.sock\n    default_backend be\n"
        "backend be\n" +
        options.backend_lines + "    server a 127.0.0.1:" + std::to_string(port) +
        " weight 100 proto h2 cookie a\n" + "    server b " + fixture.b.address() +
        " weight 100 cookie b\n");
    ASSERT_TRUE(fixture.start());

    fixture.a.hold();
    std::vector<std::unique_ptr<test::HttpCall>> calls;
    for (int i = 0; i < streams; ++i) {
        test::HttpRequest request;
        request.target = "/?chunks=2&hold_at=1";
        request.headers = {{"Cookie", "SRV=a"}};
        calls.push_back(fixture.client().start(request));
        ASSERT_TRUE(calls.back()->wait_for_body(test::token_text(0, false)));
    }
    fixture.poll();
    EXPECT_EQ(fixture.seen().in_flight, streams);
    for (const Rotation rotation : {Rotation::drain, Rotation::maint}) {
        fixture.want(0, rotation);
        ASSERT_TRUE(fixture.poll_until_out());
        EXPECT_EQ(fixture.seen().in_flight, streams);
    }
    ASSERT_TRUE(fixture.haproxy.reload());
    ASSERT_TRUE(fixture.poll_until_out());
    EXPECT_EQ(fixture.seen().in_flight, streams) << "they are the old worker's now";

    fixture.a.release(streams - 1);
    ASSERT_TRUE(fixture.poll_until([&] { return fixture.seen().in_flight == 1; }));
    for (int i = 0; i < 5; ++i) {
        fixture.poll();
        EXPECT_EQ(fixture.seen().in_flight, 1U) << "the connection is there for one more";
    }
    fixture.a.release();
    EXPECT_TRUE(
        fixture.poll_until([&] { return fixture.seen().in_flight == 0 && fixture.seen().out; }));

    std::set<std::string> connections;
    for (const auto& call : calls) {
        const auto response = call->wait();
        ASSERT_TRUE(response);
        EXPECT_TRUE(response->whole) << response->error;
        EXPECT_EQ(response->header("X-Protocol"), "HTTP/2.0");
        connections.insert(response->header("X-Connection"));
    }
    // A thread of HAProxy keeps its own, so there may be a few.
    EXPECT_THAT(connections, SizeIs(Lt(streams))) << "or nothing was multiplexed";
}

TEST(HaproxyProtocols, AWebsocketIsInFlightUntilItIsClosed) {
    FixtureOptions options;
    options.backend_lines = cookie_line;
    HaproxyFixture fixture(options);
    test::WebsocketEcho echo;
    fixture.haproxy.set_proxies(
        "frontend fe\n    bind @DIR@/fe.sock\n    default_backend be\n"
        "backend be\n" +
        cookie_line + "    server a " + echo.address() + " weight 100 cookie a\n    server b " +
        fixture.b.address() + " weight 100 cookie b\n");
    ASSERT_TRUE(fixture.start());

    test::WebsocketClient socket((fixture.haproxy.directory() / "fe.sock").string());
    ASSERT_EQ(socket.open("/chat", "SRV=a"), "");
    EXPECT_EQ(socket.echo("before"), "before");
    for (const Rotation rotation : {Rotation::drain, Rotation::maint}) {
        fixture.want(0, rotation);
        ASSERT_TRUE(fixture.poll_until_out());
        EXPECT_EQ(fixture.seen().in_flight, 1U);
        EXPECT_EQ(socket.echo("out"), "out");
    }
    ASSERT_TRUE(fixture.haproxy.reload());
    ASSERT_TRUE(fixture.poll_until_out());
    EXPECT_EQ(fixture.last.stopping, 1U);
    for (int i = 0; i < 5; ++i) {
        fixture.poll();
        EXPECT_EQ(fixture.seen().in_flight, 1U) << "silent, and still open";
    }
    EXPECT_EQ(socket.echo("reloaded"), "reloaded");
    EXPECT_EQ(socket.close(), "");
    EXPECT_TRUE(
        fixture.poll_until([&] { return fixture.seen().in_flight == 0 && fixture.seen().out; }));
}

}  // namespace
}  // namespace lbdrain::agent
