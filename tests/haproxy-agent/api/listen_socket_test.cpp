// The API's socket file: whose it is, who may connect, what is replaced and what is not.
#include "api/listen_socket.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "endpoint.hpp"
#include "temp_dir.hpp"

namespace lbdrain::agent::test {
namespace {

using lbdrain::test::Endpoint;
using lbdrain::test::long_enough;
using lbdrain::test::TempDir;
using testing::HasSubstr;

class ListenSocketTest : public testing::Test {
  protected:
    std::string path() const { return dir_ / "agent.sock"; }
    ApiListener listener(unsigned mode = 0600) const { return {path(), mode, "", ""}; }

    bool connects() const {
        return static_cast<bool>(
            lbdrain::test::connect_to(Endpoint::unix_socket(path()), long_enough));
    }
    struct stat status() const {
        struct stat found {};
        EXPECT_EQ(lstat(path().c_str(), &found), 0);
        return found;
    }

    TempDir dir_;
};

TEST_F(ListenSocketTest, HasTheModeWhateverTheUmask) {
    for (const unsigned mode : {0600U, 0660U, 0666U}) {
        const mode_t before = umask(0077);
        const auto socket = ListenSocket::open(listener(mode));
        umask(before);
        ASSERT_TRUE(socket) << socket.error();
        EXPECT_EQ(status().st_mode & 07777U, mode);
        EXPECT_TRUE(connects());
    }
    EXPECT_FALSE(std::filesystem::exists(path())) << "removed with the socket";
}

TEST_F(ListenSocketTest, BelongsToTheUserAndGroup) {
    if (getuid() != 0) {
        GTEST_SKIP() << "only root gives files away";
    }
    const auto socket = ListenSocket::open({path(), 0660, "nobody", "65534"});
    ASSERT_TRUE(socket) << socket.error();
    EXPECT_EQ(status().st_uid, 65534U);
    EXPECT_EQ(status().st_gid, 65534U);
}

TEST_F(ListenSocketTest, UnknownNamesAreSaidAndLeaveNothingBehind) {
    const auto user = ListenSocket::open({path(), 0660, "no-such-user", ""});
    ASSERT_FALSE(user);
    EXPECT_EQ(user.error(), path() + ": there is no user \"no-such-user\"");
    const auto group = ListenSocket::open({path(), 0660, "", "no-such-group"});
    ASSERT_FALSE(group);
    EXPECT_THAT(group.error(), HasSubstr("no-such-group"));
    EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(ListenSocketTest, WhatADeadProcessLeftIsReplaced) {
    // A listening socket whose descriptor is closed: what kill -9 leaves.
    lbdrain::test::listen_on(Endpoint::unix_socket(path())).reset();
    ASSERT_TRUE(std::filesystem::exists(path()));
    ASSERT_FALSE(connects());
    const auto socket = ListenSocket::open(listener());
    ASSERT_TRUE(socket) << socket.error();
    EXPECT_TRUE(connects());
}

TEST_F(ListenSocketTest, OneThatAnswersIsNotReplaced) {
    const auto first = ListenSocket::open(listener());
    ASSERT_TRUE(first);
    const auto second = ListenSocket::open(listener());
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error(), HasSubstr(path()));
    EXPECT_THAT(second.error(), HasSubstr("running already"));
    EXPECT_TRUE(connects()) << "the first is unharmed";
}

TEST_F(ListenSocketTest, AnythingElseIsNotTouched) {
    dir_.write("agent.sock", "a file");
    const auto socket = ListenSocket::open(listener());
    ASSERT_FALSE(socket);
    EXPECT_THAT(socket.error(), HasSubstr("no socket"));
    EXPECT_EQ(lbdrain::test::read_file(path()), "a file");
}

TEST_F(ListenSocketTest, AFileThatIsNotOursAnyMoreStays) {
    {
        const auto socket = ListenSocket::open(listener());
        ASSERT_TRUE(socket);
        std::filesystem::rename(path(), path() + ".aside");
        dir_.write("agent.sock", "somebody else's");
    }
    EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(ListenSocketTest, PathsThatCannotBe) {
    for (const auto& [wrong, says] :
         {std::pair<std::string, std::string>{"relative.sock", "absolute"},
          {"", "absolute"},
          {"/" + std::string(200, 'x'), "at most 107"},
          {path() + "/below/a.sock", "cannot open the directory"}}) {
        const auto socket = ListenSocket::open({wrong, 0600, "", ""});
        ASSERT_FALSE(socket);
        EXPECT_THAT(socket.error(), HasSubstr(says));
    }
}

TEST_F(ListenSocketTest, OfManyThatStartAtOnceOneWins) {
    for (int round = 0; round < 20; ++round) {
        lbdrain::test::listen_on(Endpoint::unix_socket(path())).reset();
        std::vector<std::optional<ListenSocket>> sockets(6);
        {
            std::vector<std::jthread> threads;
            for (auto& place : sockets) {
                threads.emplace_back([&] {
                    if (auto socket = ListenSocket::open(listener())) {
                        place.emplace(std::move(*socket));
                    }
                });
            }
        }
        EXPECT_EQ(std::ranges::count_if(sockets, [](const auto& s) { return s.has_value(); }), 1);
        EXPECT_TRUE(connects());
    }
}

}  // namespace
}  // namespace lbdrain::agent::test
