// Questions and answers on the shared port, and the table behind them.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "client.hpp"

namespace lbdrain::test {
namespace {

using agent_check::Answer;

TEST(Responder, AnswersForTheServerThatIsAskedFor) {
    Running agent({"be/s1", "be/s2"});
    agent.table->replace(0, "up ready 100%\n");
    agent.table->replace(1, Answer{.admin = Answer::AdminWord::drain});
    EXPECT_EQ(agent.ask("be/s1"), "up ready 100%\n");
    EXPECT_EQ(agent.ask("be/s2"), "up drain\n");
    EXPECT_EQ(check(agent.address(), " be/s1\t\r\n"), "up ready 100%\n");
}

TEST(Responder, HasNoOpinionOnWhatItDoesNotKnow) {
    Running agent({"be/s1"});
    EXPECT_EQ(agent.ask("be/s1"), "\n");  // nothing was said of it yet
    EXPECT_EQ(agent.ask("be/s2"), "\n");
    EXPECT_EQ(agent.ask(""), "\n");
    EXPECT_EQ(check(agent.address(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "\n");
    const auto stats = agent.responder->stats();
    EXPECT_EQ(stats.answered, 1U);
    EXPECT_EQ(stats.unknown, 3U);
}

TEST(Responder, ANewAnswerIsTheNextOne) {
    Running agent({"be/s1"});
    for (const auto* line : {"up ready\n", "up\n", "up drain\n", "up maint\n", "down #x\n"}) {
        agent.table->replace(0, line);
        EXPECT_EQ(agent.ask("be/s1"), line);
    }
}

TEST(Responder, RecordsWhoseAnswerWasFetched) {
    Running agent({"be/s1", "be/s2"});
    const auto before = steady_ms();
    const auto version = agent.table->replace(1, "up drain\n");
    EXPECT_EQ(agent.table->last_fetched(1).count, 0U);
    agent.ask("be/s2");
    agent.ask("be/s2");
    const auto fetched = agent.table->last_fetched(1);
    EXPECT_EQ(fetched.count, 2U);
    EXPECT_EQ(fetched.version, version);
    EXPECT_GE(fetched.at_ms, before);
    EXPECT_LE(fetched.at_ms, steady_ms());
    EXPECT_EQ(agent.table->last_fetched(0).count, 0U);
}

TEST(Responder, SaysOnceThatANameIsUnknown) {
    std::mutex mutex;
    std::vector<std::string> said;
    agent_check::ResponderOptions options;
    options.notify = [&](const std::string& sentence) {
        const std::lock_guard lock(mutex);
        said.push_back(sentence);
    };
    Running agent({"be/s1"}, std::move(options));
    for (int i = 0; i < 50; ++i) {
        agent.ask("be/s\x1B" + std::to_string(i));
    }
    agent.responder.reset();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_NE(said[0].find("asked for \"be/s?0\", which is no server here"), std::string::npos)
        << said[0];
}

TEST(Responder, SaysThatALineHadNoEnd) {
    std::mutex mutex;
    std::string said;
    agent_check::ResponderOptions options;
    options.notify = [&](const std::string& sentence) {
        const std::lock_guard lock(mutex);
        said = sentence;
    };
    Running agent({"be/s1"}, std::move(options));
    CheckClient forgetful(agent.address());
    forgetful.send("be/s1");
    forgetful.finish();
    EXPECT_EQ(forgetful.receive(), "");
    EXPECT_TRUE(forgetful.closed());
    agent.responder.reset();
    EXPECT_NE(said.find("\"be/s1\" and did not end the line"), std::string::npos) << said;
}

TEST(Responder, TakesAnotherTableWhileItAnswers) {
    Running agent({"be/s1"});
    agent.table->replace(0, "up\n");
    const auto address = agent.address();
    std::atomic<int> checks{0};
    std::jthread asking([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            const auto answer = check(address, "be/s1\n");
            ASSERT_TRUE(answer == "up\n" || answer == "up drain\n") << answer;
            ++checks;
        }
    });
    for (int i = 0; i < 100; ++i) {
        const auto next = table_of({"be/s0", "be/s1"});
        next->replace(1, i % 2 == 0 ? "up drain\n" : "up\n");
        ASSERT_TRUE(agent.responder->reconfigure({{"127.0.0.1:0"}, {address}}, next));
        ASSERT_EQ(check(address, "be/s1\n"), i % 2 == 0 ? "up drain\n" : "up\n");
    }
    EXPECT_TRUE(eventually(long_enough, [&] { return checks.load() > 0; }));
}

TEST(Responder, AnswersManyAtOnce) {
    Running agent({"be/s1", "be/s2"});
    agent.table->replace(0, "up ready\n");
    agent.table->replace(1, "up drain\n");
    constexpr int each = 500;
    std::vector<std::jthread> clients;
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back([&agent, i] {
            for (int k = 0; k < each; ++k) {
                ASSERT_EQ(agent.ask(i % 2 == 0 ? "be/s1" : "be/s2"),
                          i % 2 == 0 ? "up ready\n" : "up drain\n");
            }
        });
    }
    clients.clear();
    EXPECT_EQ(agent.responder->stats().answered, 4U * each);
    EXPECT_EQ(agent.table->last_fetched(0).count, 2U * each);
    EXPECT_EQ(agent.responder->stats().open, 0U);
}

}  // namespace
}  // namespace lbdrain::test
