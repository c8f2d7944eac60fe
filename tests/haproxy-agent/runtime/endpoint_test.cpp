// Names of sockets, and what connecting to them tells when it fails.
#include "runtime/endpoint.hpp"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "endpoint.hpp"
#include "ports.hpp"
#include "runtime_fixture.hpp"
#include "temp_dir.hpp"

namespace lbdrain::haproxy {
namespace {

TEST(EndpointTest, ReadsAllForms) {
    EXPECT_EQ(Endpoint::parse("unix:/run/haproxy/admin.sock")->unix_path,
              "/run/haproxy/admin.sock");
    const auto tcp = Endpoint::parse("lb-1.example:9999");
    ASSERT_TRUE(ok(tcp));
    EXPECT_EQ(tcp->host, "lb-1.example");
    EXPECT_EQ(tcp->port, 9999);
    const auto v6 = Endpoint::parse("[fe80::1%eth0]:9999");
    ASSERT_TRUE(ok(v6));
    EXPECT_EQ(v6->host, "fe80::1%eth0");
    for (const auto* text :
         {"unix:/a", "127.0.0.1:1", "localhost:65535", "[::1]:80", "[fe80::1%eth0]:9"}) {
        const auto endpoint = Endpoint::parse(text);
        ASSERT_TRUE(ok(endpoint));
        EXPECT_EQ(endpoint->to_string(), text);
        EXPECT_EQ(Endpoint::parse(endpoint->to_string()), endpoint);
    }
}

TEST(EndpointTest, RefusesOthersAndSaysWhy) {
    const std::pair<std::string, const char*> texts[] = {
        {"", "expected unix:/path"},
        {"/run/haproxy.sock", "expected unix:/path"},
        {"unix:", "begin with /"},
        {"unix:relative.sock", "begin with /"},
        {"unix:/" + std::string(107, 'a'), "107 bytes"},
        {std::string("unix:/a\0b", 9), "NUL"},
        {"host", "expected unix:/path"},
        {"host:", "port"},
        {"host:0", "port"},
        {"host:65536", "port"},
        {"host:1x", "port"},
        {":1", "no host"},
        {"a b:1", "no host"},
        {"::1:80", "brackets"},
        {"[]:80", "no host"},
        {"[host]:80", "no host"},
        {"user@host:80", "no host"},
    };
    for (const auto& [text, why] : texts) {
        EXPECT_TRUE(fails_with(ErrorCode::bad_endpoint, Endpoint::parse(text), why)) << text;
    }
}

class ConnectTest : public testing::Test {
  protected:
    Endpoint socket() const { return *Endpoint::parse("unix:" + path()); }
    std::string path() const { return (directory / "a.sock").string(); }
    static std::expected<UniqueFd, Error> try_to(const Endpoint& endpoint,
                                                 Millis limit = generous) {
        return connect(endpoint, Deadline::after(limit));
    }

    // What connect() says to a process without rights; "" if it lets it in.
    static std::string as_nobody(const Endpoint& endpoint) {
        std::array<int, 2> pipe{};
        EXPECT_EQ(::pipe(pipe.data()), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            constexpr unsigned nobody = 65534;
            if (::geteuid() == 0 &&
                (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0)) {
                ::_exit(1);
            }
            const auto fd = try_to(endpoint);
            const auto text =
                fd ? std::string()
                   : std::string(to_string(fd.error().code)) + ": " + fd.error().message;
            ::_exit(::write(pipe[1], text.data(), text.size()) == static_cast<ssize_t>(text.size())
                        ? 0
                        : 1);
        }
        ::close(pipe[1]);
        std::string text;
        std::array<char, 4096> buffer{};
        for (ssize_t got = 1; got > 0;) {
            got = ::read(pipe[0], buffer.data(), buffer.size());
            text.append(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
        }
        ::close(pipe[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
        return text;
    }

    test::TempDir directory;
};

TEST_F(ConnectTest, ConnectsToEveryAddressOfAName) {
    const auto port = test::free_port();
    const auto listener = test::listen_on(test::Endpoint::tcp(port));
    ASSERT_TRUE(listener);
    for (const auto* host : {"127.0.0.1", "localhost"}) {
        EXPECT_TRUE(ok(try_to({{}, host, port}))) << host;
    }
}

TEST_F(ConnectTest, TellsFailuresApart) {
    EXPECT_TRUE(fails_with(ErrorCode::no_such_socket, try_to(socket()), path()));
    EXPECT_TRUE(fails_with(ErrorCode::no_such_socket,
                           try_to(*Endpoint::parse("unix:" + path() + "/deeper"))));
    {
        const auto gone = test::listen_on(test::Endpoint::unix_socket(path()));
        ASSERT_TRUE(gone);
    }
    EXPECT_TRUE(fails_with(ErrorCode::refused, try_to(socket()), path()));
    EXPECT_TRUE(fails_with(ErrorCode::refused, try_to({{}, "127.0.0.1", test::free_port()})));
    const auto unknown = try_to({{}, "no-such-host.invalid", 1});
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().message.find("no-such-host.invalid"), std::string::npos);
}

// Unix sockets have no event for a place in a full queue.
TEST_F(ConnectTest, AFullQueueIsATimeout) {
    const auto listener = test::listen_on(test::Endpoint::unix_socket(path()));
    ASSERT_EQ(::listen(listener.get(), 0), 0);
    const auto first = try_to(socket());
    ASSERT_TRUE(ok(first));
    EXPECT_TRUE(fails_with(ErrorCode::timeout, try_to(socket(), brief), "not accepted"));
}

TEST_F(ConnectTest, SaysWhichRightIsLacking) {
    const auto listener = test::listen_on(test::Endpoint::unix_socket(path()));
    ASSERT_TRUE(listener);
    ASSERT_EQ(::chmod(directory.path().c_str(), 0755), 0);
    ASSERT_EQ(::chmod(path().c_str(), ::geteuid() == 0 ? 0600 : 0), 0);
    const auto closed = as_nobody(socket());
    EXPECT_EQ(closed.find("permission: "), 0U) << closed;
    EXPECT_NE(closed.find(path() + " belongs to"), std::string::npos) << closed;
    EXPECT_NE(closed.find("right to write"), std::string::npos) << closed;
    EXPECT_NE(closed.find("stats socket"), std::string::npos) << closed;
    ASSERT_EQ(::chmod(path().c_str(), 0666), 0);
    EXPECT_EQ(as_nobody(socket()), "");
    if (::geteuid() == 0) {
        ASSERT_EQ(::chmod(path().c_str(), 0660), 0);
        const auto group = as_nobody(socket());
        EXPECT_NE(group.find("add it to group root"), std::string::npos) << group;
    }
    ASSERT_EQ(::chmod(directory.path().c_str(), ::geteuid() == 0 ? 0700 : 0600), 0);
    const auto barred = as_nobody(socket());
    EXPECT_NE(barred.find(directory.path().string() + " belongs to"), std::string::npos) << barred;
    EXPECT_NE(barred.find("right to search"), std::string::npos) << barred;
    ASSERT_EQ(::chmod(directory.path().c_str(), 0700), 0);
}

}  // namespace
}  // namespace lbdrain::haproxy
