// Deadlines and bounds: against a HAProxy that hangs, is full, or says too much.
#include "runtime/cli_connection.hpp"

#include <sys/socket.h>

#include <thread>

#include "endpoint.hpp"
#include "runtime_fixture.hpp"

namespace lbdrain::haproxy {
namespace {

class ConnectionTest : public RuntimeTest {
  protected:
    Endpoint stats() const { return unix_endpoint(haproxy.stats_socket()); }
};

TEST_F(ConnectionTest, ReadsAWholeAnswer) {
    start();
    std::string text;
    ASSERT_TRUE(ok(
        ask_stats_socket(stats(), "show version;show version", text, Deadline::after(generous))));
    EXPECT_EQ(text.substr(0, text.size() / 2), text.substr(text.size() / 2));
    std::string from_master;
    ASSERT_TRUE(ok(ask_master_socket(unix_endpoint(haproxy.master_socket()), "show version",
                                     from_master, Deadline::after(generous))));
    EXPECT_EQ(text, from_master + from_master);
}

TEST_F(ConnectionTest, ABigAnswerIsBounded) {
    start();
    std::string text;
    EXPECT_TRUE(fails_with(ErrorCode::too_big, ask_stats_socket(stats(), "show stat", text,
                                                                Deadline::after(generous), 100)));
    EXPECT_LT(text.size(), 200'000U);
}

TEST_F(ConnectionTest, AHungWorkerHitsTheDeadline) {
    start();
    const auto pid = haproxy.serving();
    ASSERT_TRUE(haproxy.freeze(pid));
    EXPECT_TRUE(fails_with(ErrorCode::timeout, runtime(brief).info(), haproxy.stats_socket()));
    EXPECT_TRUE(fails_with(ErrorCode::timeout, master(brief).poll({"be"}),
                           "worker " + std::to_string(pid)));
    EXPECT_TRUE(ok(master().processes()));
    ASSERT_TRUE(haproxy.kill_worker(pid, SIGCONT));
    EXPECT_TRUE(ok(runtime().info()));
    EXPECT_TRUE(ok(master().poll({"be"})));
}

TEST_F(ConnectionTest, AHungMasterHitsTheDeadline) {
    start();
    ASSERT_TRUE(haproxy.freeze(haproxy.master()));
    EXPECT_TRUE(fails_with(ErrorCode::timeout, master(brief).poll({"be"})));
    EXPECT_TRUE(ok(runtime().info()));
    ASSERT_TRUE(haproxy.signal_master(SIGCONT));
    EXPECT_TRUE(ok(master().poll({"be"})));
}

// HAProxy accepts 10; the 11th connects and hears nothing.
TEST_F(ConnectionTest, TheEleventhMasterConnectionHitsTheDeadline) {
    start();
    std::vector<CliConnection> others;
    for (int i = 0; i < 10; ++i) {
        auto connection =
            CliConnection::open(unix_endpoint(haproxy.master_socket()), Deadline::after(generous));
        ASSERT_TRUE(ok(connection));
        // The answer proves that it is one of the ten.
        std::string answer;
        ASSERT_TRUE(ok(connection->send("show version\n", Deadline::after(generous))));
        ASSERT_TRUE(ok(connection->receive_until("\n\n", answer, Deadline::after(generous))));
        others.push_back(std::move(*connection));
    }
    EXPECT_TRUE(fails_with(ErrorCode::timeout, master(brief).poll({"be"}), "10 connections"));
    others.clear();
    EXPECT_TRUE(ok(master().poll({"be"})));
}

TEST_F(ConnectionTest, NobodyThereIsTold) {
    EXPECT_TRUE(fails_with(ErrorCode::no_such_socket, runtime().info(), haproxy.stats_socket()));
    EXPECT_TRUE(fails_with(ErrorCode::no_such_socket, master().poll({"be"})));
    start();
    haproxy.stop();
    EXPECT_TRUE(fails_with(ErrorCode::refused, runtime().info(), haproxy.stats_socket()));
    // Refused may also mean that a master re-executes itself: that is waited for.
    EXPECT_TRUE(fails_with(ErrorCode::refused, master(brief).poll({"be"})));
}

// Peers that are no HAProxy, or one that dies.
class FakePeer : public testing::Test {
  protected:
    // Accepts once, reads the command, answers `text` and closes, or leaves that to us.
    std::jthread answers(std::string text, bool closes = true) {
        return std::jthread([this, closes, text = std::move(text)] {
            const int fd = ::accept(wait_for_peer(), nullptr, nullptr);
            std::array<char, 256> buffer{};
            EXPECT_GT(::recv(fd, buffer.data(), buffer.size(), 0), 0);
            EXPECT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL),
                      static_cast<ssize_t>(text.size()));
            if (!closes) {
                EXPECT_EQ(::recv(fd, buffer.data(), buffer.size(), 0), 0);
            }
            ::close(fd);
        });
    }
    int wait_for_peer() const {
        EXPECT_EQ(wait_for(listener.get(), 1 /* POLLIN */, Deadline::after(generous)), Ready::yes);
        return listener.get();
    }
    RuntimeApi runtime() const { return RuntimeApi({{}, "127.0.0.1", port}, generous); }

    const std::uint16_t port = test::free_port();
    UniqueFd listener = test::listen_on(test::Endpoint::tcp(port));
};

TEST_F(FakePeer, WithoutAnAnswerIsClosedEarly) {
    const auto peer = answers("");
    EXPECT_TRUE(fails_with(ErrorCode::closed_early, runtime().info(), "show info"));
}

TEST_F(FakePeer, CutInTheMiddleIsClosedEarly) {
    const auto peer = answers("Name: HAProxy\nPid: 1\nStopping: 0\n");
    EXPECT_TRUE(fails_with(ErrorCode::closed_early, runtime().info(), "show info"));
}

TEST_F(FakePeer, ThatIsNoHaproxyIsABadReply) {
    const auto peer = answers("HTTP/1.1 400 Bad Request\n\n");
    EXPECT_TRUE(fails_with(ErrorCode::bad_reply, runtime().info(), "400 Bad Request"));
}

// HAProxy 3.4 reads no further, not even to the quit, and does not close.
TEST_F(FakePeer, ThatKnowsNoSuchProcessNeedNotClose) {
    const auto peer = answers("Can't find the target PID matching the prefix '@!7'\n", false);
    const MasterApi master({{}, "127.0.0.1", port}, generous);
    EXPECT_TRUE(fails_with(ErrorCode::no_such_process, master.has_lua(7, "lbdrain"), "@!7"));
}

TEST_F(FakePeer, OnTcpItAllWorksToo) {
    const auto peer = answers("Pid: 17\nStopping: 0\n\n");
    const auto info = runtime().info();
    ASSERT_TRUE(ok(info));
    EXPECT_EQ(info->pid, 17);
}

}  // namespace
}  // namespace lbdrain::haproxy
