// Clients that do not behave: they get nothing, and everyone else gets their answer.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <fcntl.h>

#include <random>

#include "client.hpp"

namespace lbdrain::test {
namespace {

using agent_check::ResponderOptions;

class HostileClient : public testing::Test {
  protected:
    static ResponderOptions options(std::chrono::milliseconds timeout, std::size_t most = 1024) {
        ResponderOptions result;
        result.client_timeout = timeout;
        result.most_clients = most;
        return result;
    }
    // Answers as it should, whatever else is going on.
    static void expect_answers(const Running& agent) {
        agent.table->replace(0, "up ready 100%\n");
        EXPECT_EQ(agent.ask("be/s1"), "up ready 100%\n");
    }
};

TEST_F(HostileClient, ByteByByteIsAnswered) {
    Running agent({"be/s1"});
    agent.table->replace(0, "up\n");
    CheckClient slow(agent.address());
    for (const char c : std::string_view("be/s1\n")) {
        slow.send({&c, 1});
        expect_answers(agent);
    }
    EXPECT_EQ(slow.receive(), "up ready 100%\n");
}

TEST_F(HostileClient, SilenceIsEndedAndHarmsNobody) {
    Running agent({"be/s1"}, options(Millis{300}));
    CheckClient silent(agent.address());
    ASSERT_TRUE(silent.connected());
    expect_answers(agent);
    // The kernel may keep it for seconds before the responder sees it at all (TCP_DEFER_ACCEPT).
    EXPECT_EQ(silent.receive(Millis{30000}), "");
    EXPECT_TRUE(silent.closed());
    expect_answers(agent);
}

TEST_F(HostileClient, HalfALineIsEndedInTime) {
    Running agent({"be/s1"}, options(Millis{200}));
    CheckClient half(agent.address());
    const auto start = steady_ms();
    half.send("be/s");
    expect_answers(agent);
    EXPECT_EQ(half.receive(), "");
    EXPECT_TRUE(half.closed());
    EXPECT_GE(steady_ms() - start, 200);
    EXPECT_EQ(agent.responder->stats().dropped, 1U);
    EXPECT_EQ(agent.responder->stats().open, 0U);
}

TEST_F(HostileClient, DrippingBytesBuysNoTime) {
    Running agent({"be/s1"}, options(Millis{200}));
    CheckClient dripping(agent.address());
    const auto dropped = [&] {
        dripping.send("x");
        return agent.responder->stats().dropped == 1;
    };
    EXPECT_TRUE(eventually(long_enough, dropped, Millis{20}));
    expect_answers(agent);
}

TEST_F(HostileClient, TooMuchIsCutOff) {
    Running agent({"be/s1"});
    CheckClient endless(agent.address());
    endless.send(std::string(1000000, 'x'));
    EXPECT_EQ(endless.receive(), "");
    EXPECT_TRUE(endless.closed());
    EXPECT_EQ(agent.responder->stats().dropped, 1U);
    expect_answers(agent);

    // The same in two parts.
    CheckClient parts(agent.address());
    parts.send(std::string(100, 'x'));
    EXPECT_TRUE(eventually(long_enough, [&] { return agent.responder->stats().open == 1; }));
    parts.send(std::string(1000, 'x'));
    EXPECT_EQ(parts.receive(), "");
    EXPECT_TRUE(parts.closed());
}

TEST_F(HostileClient, TheLongestQuestionIsAnswered) {
    const std::string name(254, 'n');
    Running agent({"be/s1", name});
    agent.table->replace(1, "up drain\n");
    EXPECT_EQ(check(agent.address(), name + "\r\n"), "up drain\n");
}

TEST_F(HostileClient, GarbageChangesNothing) {
    Running agent({"be/s1"});
    std::mt19937 random(1);
    for (int i = 0; i < 300; ++i) {
        std::string bytes(1 + random() % 300, '\0');
        for (char& c : bytes) {
            c = static_cast<char>(random());
        }
        CheckClient client(agent.address());
        client.send(bytes);
        if (i % 3 == 0) {
            client.reset();
        } else {
            client.finish();
            const auto answer = client.receive();
            ASSERT_TRUE(answer.empty() || answer == "\n") << answer;
            ASSERT_TRUE(client.closed());
        }
    }
    expect_answers(agent);
}

TEST_F(HostileClient, ResetsHarmNobody) {
    Running agent({"be/s1"}, {.listeners = {{"127.0.0.1:0"}, {"127.0.0.1:0", "be/s1"}}});
    for (int i = 0; i < 200; ++i) {
        CheckClient client(agent.address(static_cast<std::size_t>(i % 2)));
        if (i % 4 < 2) {
            client.send(i % 3 == 0 ? "be/s1\n" : "be");
        }
        client.reset();
    }
    expect_answers(agent);
    EXPECT_TRUE(eventually(long_enough, [&] { return agent.responder->stats().open == 0; }));
}

TEST_F(HostileClient, TheOldestGoesWhenThereAreTooMany) {
    Running agent({"be/s1"}, options(Millis{60000}, 4));
    std::vector<CheckClient> waiting;
    for (std::uint64_t i = 0; i < 10; ++i) {
        waiting.emplace_back(agent.address()).send("be/");
        const auto arrived = [&] {
            const auto stats = agent.responder->stats();
            return stats.open + stats.dropped == i + 1;
        };
        ASSERT_TRUE(eventually(long_enough, arrived));
    }
    EXPECT_EQ(agent.responder->stats().open, 4U);
    EXPECT_EQ(agent.responder->stats().dropped, 6U);
    EXPECT_EQ(waiting[5].receive(), "");
    EXPECT_TRUE(waiting[5].closed());
    agent.table->replace(0, "up\n");
    waiting[6].send("s1\n");
    EXPECT_EQ(waiting[6].receive(), "up\n");
    expect_answers(agent);
}

double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Takes every descriptor the process may have, but for so many.
class Exhaustion {
  public:
    explicit Exhaustion(int left) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit few{static_cast<rlim_t>(::open("/dev/null", O_RDONLY)) + 200,
                         before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &few);
        for (;;) {
            UniqueFd fd(::open("/dev/null", O_RDONLY));
            if (!fd) {
                break;
            }
            taken_.push_back(std::move(fd));
        }
        for (int i = 0; i < left; ++i) {
            taken_.pop_back();
        }
    }
    ~Exhaustion() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  private:
    rlimit before_{};
    std::vector<UniqueFd> taken_;
};

TEST_F(HostileClient, ChecksAreAnsweredWithoutDescriptors) {
    Running agent({"be/s1"}, {.listeners = {{"127.0.0.1:0"}, {"127.0.0.1:0", "be/s1"}}});
    agent.table->replace(0, "up\n");
    const auto shared = agent.address(0);
    const auto own = agent.address(1);
    const Exhaustion exhaustion(1);  // one for the client
    for (int i = 0; i < 50; ++i) {
        ASSERT_EQ(check(shared, "be/s1\n"), "up\n");
        ASSERT_EQ(check(own), "up\n");
    }
}

TEST_F(HostileClient, NoDescriptorsIsNoReasonToSpin) {
    Running agent({"be/s1"}, options(Millis{500}));
    const auto address = agent.address();
    const Exhaustion exhaustion(3);
    std::vector<CheckClient> waiting;
    waiting.emplace_back(address).send("be");
    waiting.emplace_back(address).send("be");
    const auto before = cpu_seconds();
    const auto start = steady_ms();
    for (auto& client : waiting) {
        EXPECT_EQ(client.receive(), "");
        EXPECT_TRUE(client.closed());
    }
    // Spinning would have cost all of it; three quarters leave room for a sanitizer.
    const auto passed = static_cast<double>(steady_ms() - start) / 1000;
    EXPECT_LT(cpu_seconds() - before, 0.1 + passed * 0.75);
}

}  // namespace
}  // namespace lbdrain::test
