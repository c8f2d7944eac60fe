#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "hook_process.hpp"
#include "http_server.hpp"
#include "sockets.hpp"

namespace lbdrain::hook::test {
namespace {

using enum Event::Kind;
using ::testing::HasSubstr;

Task check(const std::string& address, std::string_view path,
           milliseconds timeout = milliseconds(20000)) {
    Task task;
    task.action = Action::ready;
    task.timeout = timeout;
    task.address = address;
    auto& ready = task.what.emplace<ReadyCheck>();
    ready.interval = milliseconds(20);
    if (!path.empty()) {
        ready.url = "http://" + address + std::string(path);
    }
    return task;
}

TEST(ReadyCheck, AFailureStartsTheCountAnew) {
    std::string address;
    int asked = 0;
    Outcome outcome;
    {
        HttpServer server(listen_tcp(address),
                          [&](const std::string&) { return ++asked == 3 ? "503" : "200"; });
        outcome = run_hook(check(address, "/health"));
    }
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().ok);
    EXPECT_EQ(outcome.result().passes, 3U);
    EXPECT_EQ(asked, 6);
    std::vector<std::string> said;
    for (const Event& event : outcome.events) {
        if (event.kind == progress) {
            said.push_back(event.text);
        }
    }
    EXPECT_THAT(said, ::testing::ElementsAre("1 of 3 passes", "2 of 3 passes",
                                             "GET http://" + address + "/health: status 503",
                                             "1 of 3 passes", "2 of 3 passes", "3 of 3 passes"));
}

TEST(ReadyCheck, OnlyStatus200Passes) {
    std::string address;
    HttpServer server(listen_tcp(address), [](const std::string&) { return "204"; });
    const Outcome outcome = run_hook(check(address, "/", milliseconds(300)));
    EXPECT_FALSE(outcome.result().ok);
    EXPECT_TRUE(outcome.result().timed_out);
    EXPECT_THAT(outcome.result().text, HasSubstr("status 204"));
}

TEST(ReadyCheck, NeverReadySaysTheLastCause) {
    const Port port;
    const Outcome outcome = run_hook(check(port.address(), "/health", milliseconds(300)));
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().timed_out);
    EXPECT_THAT(outcome.result().text, HasSubstr("connection refused"));
}

TEST(ReadyCheck, AnAttemptHasItsOwnTimeout) {
    const Port port;
    port.listen();
    Task task = check(port.address(), "/", milliseconds(500));
    std::get<ReadyCheck>(task.what).attempt_timeout = milliseconds(50);
    const Outcome outcome = run_hook(task);
    EXPECT_TRUE(outcome.saw(progress, "timed out"));
    EXPECT_TRUE(outcome.result().timed_out);
}

TEST(ReadyCheck, WithoutAUrlItConnects) {
    const Port port;
    Hook hook(check(port.address(), ""));
    ASSERT_TRUE(hook.read_until("connection refused"));
    port.listen();
    EXPECT_TRUE(hook.wait().result().ok);
}

/// A server with models, whose completions fail at first.
class ModelServer {
  public:
    ModelServer() : server_(listen_tcp(address_), [this](const std::string& r) { return on(r); }) {}

    std::string address() const { return address_; }
    std::vector<std::string> asked() {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

  private:
    std::string on(const std::string& request) {
        const std::lock_guard lock(mutex_);
        asked_.push_back(request.substr(0, request.find(" HTTP")));
        if (request.starts_with("GET /v1/models")) {
            return R"(200 {"object":"list","data":[{"id":"llama"},{"id":"qwen"}]})";
        }
        if (request.starts_with("POST /v1/completions")) {
            const bool fine = request.contains("\"max_tokens\":1") && request.contains("qwen");
            return fine && ++completions_ > 1 ? "200 {}" : "500 warming";
        }
        return "200";
    }

    std::mutex mutex_;
    std::vector<std::string> asked_;
    int completions_ = 0;
    std::string address_;
    HttpServer server_;
};

TEST(ReadyCheck, AsksForTheModelAndForOneToken) {
    ModelServer server;
    Task task = check(server.address(), "/health");
    auto& ready = std::get<ReadyCheck>(task.what);
    ready.passes = 2;
    ready.expect_model = "qwen";
    ready.one_token = true;
    const Outcome outcome = run_hook(task);
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().ok) << outcome.result().text;
    EXPECT_TRUE(outcome.saw(progress, "/v1/completions: status 500"));
    EXPECT_THAT(server.asked(),
                ::testing::ElementsAre("GET /health", "GET /health", "GET /v1/models",
                                       "POST /v1/completions", "GET /health", "GET /health",
                                       "GET /v1/models", "POST /v1/completions"));
}

TEST(ReadyCheck, AnotherModelIsNotReady) {
    ModelServer server;
    Task task = check(server.address(), "/health", milliseconds(400));
    std::get<ReadyCheck>(task.what).expect_model = "mistral";
    const Outcome outcome = run_hook(task);
    EXPECT_FALSE(outcome.result().ok);
    EXPECT_THAT(outcome.result().text, HasSubstr("lists llama and others, not mistral"));
}

}  // namespace
}  // namespace lbdrain::hook::test
