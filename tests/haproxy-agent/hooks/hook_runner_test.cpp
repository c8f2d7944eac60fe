// The agent's side of lbdrain-hook, with the real one and with programs that misbehave in its
// place.
#include "hooks/hook_runner.hpp"

#include <gmock/gmock.h>

#include <mutex>
#include <vector>

#include "lbdrain/hook/task.hpp"
#include "temp_dir.hpp"
#include "wait.hpp"

namespace lbdrain::agent {
namespace {

using test::eventually;
using test::long_enough;
using testing::HasSubstr;
using Kind = hook::Event::Kind;

// What was told, from any thread.
class News {
  public:
    struct Told {
        std::size_t server;
        Run run;
        hook::Event event;
    };

    HookRunner::OnNews sink() {
        return [this](std::size_t server, Run run, const hook::Event& event) {
            const std::lock_guard lock(mutex_);
            all_.push_back({server, run, event});
        };
    }
    std::vector<Told> all() const {
        const std::lock_guard lock(mutex_);
        return all_;
    }
    // The result of this run; waits for it.
    std::optional<hook::Event> result(Run run) const {
        std::optional<hook::Event> found;
        eventually(long_enough, [&] {
            for (const Told& told : all()) {
                if (told.run == run && told.event.kind == Kind::result) {
                    found = told.event;
                }
            }
            return found.has_value();
        });
        return found;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<Told> all_;
};

class HookRunnerTest : public testing::Test {
  protected:
    // A task that runs this shell script.
    std::string task(const std::string& script, const std::string& run_id = "run-1") const {
        hook::Task task;
        task.run_id = run_id;
        task.run_file = (directory.path() / "run").string();
        task.action = hook::Action::start;
        task.service = "vllm";
        task.server = "gpu-a";
        task.address = "127.0.0.1:9";
        task.timeout = std::chrono::seconds(20);
        task.what = hook::ExecHook{{"/bin/sh", "-c", script}};
        return encode(task);
    }
    std::string program(const std::string& script) const {
        const auto path = directory.write("program", "#!/bin/sh\n" + script + "\n");
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        return path.string();
    }

    test::TempDir directory;
    News news;
    const lbdrain::Run run{RunKind::start, 1};
};

TEST_F(HookRunnerTest, TellsWhatTheHookSaysAndItsResult) {
    HookRunner runner(LBDRAIN_HOOK, news.sink());
    ASSERT_TRUE(runner.start(7, run, task("echo loading")));
    const auto result = news.result(run);
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->ok) << result->text;
    bool heard = false;
    for (const News::Told& told : news.all()) {
        EXPECT_EQ(told.server, 7U);
        heard = heard || told.event.text.find("loading") != std::string::npos;
    }
    EXPECT_TRUE(heard);
    EXPECT_EQ(news.all().front().event.kind, Kind::started);
}

TEST_F(HookRunnerTest, AHookThatFailsIsAResult) {
    HookRunner runner(LBDRAIN_HOOK, news.sink());
    ASSERT_TRUE(runner.start(0, run, task("exit 3")));
    const auto result = news.result(run);
    ASSERT_TRUE(result);
    EXPECT_FALSE(result->ok);
    EXPECT_THAT(result->text, HasSubstr("3"));
}

TEST_F(HookRunnerTest, OneThatEndsWithoutAResultGetsOne) {
    HookRunner runner(program("cat > /dev/null; kill -9 $$"), news.sink());
    ASSERT_TRUE(runner.start(0, run, task("true")));
    const auto result = news.result(run);
    ASSERT_TRUE(result);
    EXPECT_FALSE(result->ok);
    EXPECT_FALSE(result->text.empty());
}

TEST_F(HookRunnerTest, OneThatTalksNonsenseGetsAResult) {
    HookRunner runner(program("cat > /dev/null; echo nonsense; printf '\\377\\n{}\\n'"),
                      news.sink());
    ASSERT_TRUE(runner.start(0, run, task("true")));
    const auto result = news.result(run);
    ASSERT_TRUE(result);
    EXPECT_FALSE(result->ok);
}

TEST_F(HookRunnerTest, AProgramThatIsNotThereIsToldByTheStartOrByAResult) {
    HookRunner runner((directory.path() / "none").string(), news.sink());
    const auto started = runner.start(0, run, task("true"));
    if (!started) {
        EXPECT_FALSE(started.error().empty());
        return;
    }
    const auto result = news.result(run);
    ASSERT_TRUE(result);
    EXPECT_FALSE(result->ok);
}

// The hook outlives who started it, and who asks for the same run hears its outcome: it ran once.
TEST_F(HookRunnerTest, TheNextRunnerJoinsARunThatGoesOn) {
    const std::string count = (directory.path() / "count").string();
    const std::string go = (directory.path() / "go").string();
    const std::string script =
        "echo once >> " + count + "; until [ -e " + go + " ]; do sleep 0.02; done";
    {
        HookRunner first(LBDRAIN_HOOK, news.sink());
        ASSERT_TRUE(first.start(0, run, task(script)));
        ASSERT_TRUE(eventually(long_enough, [&] { return std::filesystem::exists(count); }));
    }
    const std::size_t before = news.all().size();
    News second_news;
    HookRunner second(LBDRAIN_HOOK, second_news.sink());
    ASSERT_TRUE(second.start(0, run, task(script)));
    directory.write("go", "");
    const auto result = second_news.result(run);
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->ok) << result->text;
    EXPECT_EQ(std::filesystem::file_size(count), 5U) << "it ran twice";
    EXPECT_EQ(news.all().size(), before) << "the first was told though it was given up";
}

TEST_F(HookRunnerTest, ALaterRunOfTheServerReplacesTheFormer) {
    HookRunner runner(program("read line; case $line in *first*) sleep 20;; esac; "
                              "echo '{\"event\":\"result\",\"ok\":true,\"text\":\"\"}'"),
                      news.sink());
    ASSERT_TRUE(runner.start(0, run, task("true", "first") + "\n"));
    const lbdrain::Run later{RunKind::start, 2};
    ASSERT_TRUE(runner.start(0, later, task("true", "later") + "\n"));
    ASSERT_TRUE(news.result(later));
    for (const News::Told& told : news.all()) {
        EXPECT_EQ(told.run, later);
    }
}

}  // namespace
}  // namespace lbdrain::agent
