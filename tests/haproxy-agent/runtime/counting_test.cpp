// What counts as in flight, in one worker: facts that the whole drain stands on.
#include <array>

#include "runtime/csv.hpp"
#include "runtime_fixture.hpp"

namespace lbdrain::haproxy {
namespace {

class CountingTest : public RuntimeTest {
  protected:
    std::uint64_t in_flight(const std::string& server) {
        const auto poll = master().poll({"be"});
        EXPECT_TRUE(ok(poll));
        const auto* total = poll ? poll->find("be", server) : nullptr;
        EXPECT_NE(total, nullptr);
        return total != nullptr ? total->in_flight() : 0;
    }
    bool comes_to(const std::string& server, std::uint64_t number) {
        return test::eventually(test::long_enough, [&] { return in_flight(server) == number; });
    }
    // A figure that is not asked for by the code under test.
    std::string figure(const std::string& server, const std::string& name) {
        const auto text = haproxy.cli("show stat be 4 -1").value_or("");
        CsvReader reader(text);
        std::vector<std::string> row;
        EXPECT_EQ(reader.next(row), true);
        const auto column = CsvHeader(row).find(name);
        while (reader.next(row).value_or(false)) {
            if (row.at(1) == server) {
                return row.at(column.value());
            }
        }
        return "";
    }
    void one_server(const std::string& more, const std::string& options) {
        haproxy.set_proxies(front("be") + "backend be\n" + more + "    server s1 " + a.address() +
                            " " + options + "\n");
    }
};

TEST_F(CountingTest, RequestsAreInFlightUntilTheirLastByte) {
    one_server("", "");
    start();
    const auto first = held_request();
    EXPECT_EQ(in_flight("s1"), 1U);
    const auto second = held_request();
    EXPECT_EQ(in_flight("s1"), 2U);
    release();
    EXPECT_TRUE(first->wait().value().whole);
    EXPECT_TRUE(second->wait().value().whole);
    EXPECT_TRUE(comes_to("s1", 0));
}

TEST_F(CountingTest, AnIdleConnectionIsNotInFlight) {
    one_server("    http-reuse always\n", "pool-max-conn 10");
    start();
    ASSERT_TRUE(client.get("/").whole);
    EXPECT_TRUE(comes_to("s1", 0));
    EXPECT_TRUE(
        test::eventually(test::long_enough, [&] { return figure("s1", "srv_icur") == "1"; }));
    EXPECT_EQ(in_flight("s1"), 0U);
}

// Without a chosen server they wait in the backend, and are nobody's yet; with one, for it.
TEST_F(CountingTest, TheQueueOfAServerIsInFlight) {
    one_server("    cookie SRV insert\n", "maxconn 1 cookie c1");
    start();
    const auto running = held_request();
    const auto queued = client.start({.headers = {{"Cookie", "SRV=c1"}}});
    const auto queued_too = client.start({.headers = {{"Cookie", "SRV=c1"}}});
    EXPECT_TRUE(comes_to("s1", 3));
    EXPECT_EQ(figure("s1", "qcur"), "2");
    EXPECT_EQ(figure("s1", "scur"), "1");
    release();
    EXPECT_TRUE(running->wait().value().whole);
    EXPECT_TRUE(queued->wait().value().whole);
    EXPECT_TRUE(queued_too->wait().value().whole);
    EXPECT_TRUE(comes_to("s1", 0));
}

// As a websocket's is; HAProxy checks the handshake of a real one.
TEST_F(CountingTest, ATunnelIsInFlightUntilItIsClosed) {
    one_server("    timeout tunnel 60s\n", "");
    start();
    auto exchange = client.open();
    ASSERT_TRUE(
        exchange.send_request({.headers = {{"Connection", "upgrade"}, {"Upgrade", "echo"}}}));
    ASSERT_EQ(exchange.response().status, 101);
    ASSERT_TRUE(exchange.send("hello"));
    EXPECT_EQ(exchange.receive(), "hello");
    EXPECT_EQ(in_flight("s1"), 1U);
    exchange.close();
    EXPECT_TRUE(comes_to("s1", 0));
}

TEST_F(CountingTest, TcpSessionsAreInFlightToo) {
    change_options([](auto& options) { options.defaults = "    mode tcp\n    option tcplog\n"; });
    one_server("", "");
    start();
    auto call = held_request();
    EXPECT_EQ(in_flight("s1"), 1U);
    release();
    EXPECT_TRUE(call->wait().value().whole);
    call.reset();  // closes the connection, which is the session
    EXPECT_TRUE(comes_to("s1", 0));
}

// Only with this option (3.x: by default), and on the frontend's side. Without it 2.6 counts on
// until the server has answered.
TEST_F(CountingTest, AnAbortedRequestIsNoLongerInFlight) {
    change_options([](auto& options) { options.defaults = "    option abortonclose\n"; });
    one_server("", "");
    start();
    auto call = held_request();
    EXPECT_EQ(in_flight("s1"), 1U);
    call.reset();  // closes the connection
    EXPECT_TRUE(comes_to("s1", 0));
}

}  // namespace
}  // namespace lbdrain::haproxy
