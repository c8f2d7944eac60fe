#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <csignal>

#include "hook_process.hpp"
#include "http_server.hpp"
#include "sockets.hpp"
#include "temp_dir.hpp"

namespace lbdrain::hook::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Task request(std::string url, milliseconds timeout = milliseconds(20000)) {
    Task task;
    task.action = Action::start;
    task.timeout = timeout;
    task.what.emplace<HttpHook>().url = std::move(url);
    return task;
}

TEST(HttpHook, SendsMethodHeadersAndBody) {
    std::string address;
    std::string seen;
    Outcome outcome;
    {
        HttpServer server(listen_tcp(address), [&](const std::string& text) {
            seen = text;
            return "204";
        });
        Task task = request("http://" + address + "/admin/stop?key=s3cret");
        auto& hook = std::get<HttpHook>(task.what);
        hook.method = "PUT";
        hook.headers = {"Authorization: Bearer t0ken"};
        hook.body = "{\"a\":1}";
        outcome = run_hook(task);
    }
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().ok) << outcome.result().text;
    EXPECT_EQ(outcome.result().http_status, 204);
    EXPECT_THAT(seen, HasSubstr("PUT /admin/stop?key=s3cret HTTP/1.1\r\n"));
    EXPECT_THAT(seen, HasSubstr("Authorization: Bearer t0ken\r\n"));
    EXPECT_THAT(seen, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\n\r\n{\"a\":1}"));
    for (const Event& event : outcome.events) {
        EXPECT_THAT(event.text, Not(HasSubstr("s3cret")));
    }
}

TEST(HttpHook, AnUnexpectedStatusFailsWithTheStartOfTheBody) {
    std::string address;
    HttpServer server(listen_tcp(address),
                      [](const std::string&) { return "409 busy" + std::string(100000, '.'); });
    const Outcome outcome = run_hook(request("http://" + address + "/"));
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_FALSE(outcome.result().ok);
    EXPECT_EQ(outcome.result().http_status, 409);
    EXPECT_THAT(outcome.result().text, HasSubstr("status 409, body: busy..."));
    EXPECT_LT(outcome.result().text.size(), 1200U);
    EXPECT_EQ(server.connections(), 1);  // an answer is an answer
    Task expecting = request("http://" + address + "/");
    std::get<HttpHook>(expecting.what).expected_status = {404, 409};
    EXPECT_TRUE(run_hook(expecting).result().ok);
}

TEST(HttpHook, DoesNotFollowARedirect) {
    std::string address;
    HttpServer server(listen_tcp(address), [](const std::string&) { return "302"; });
    EXPECT_EQ(run_hook(request("http://" + address + "/")).result().http_status, 302);
    EXPECT_EQ(server.connections(), 1);
}

TEST(HttpHook, TriesAgainWhileTheConnectionIsRefused) {
    Port port;
    Hook hook(request("http://" + port.address() + "/"));
    ASSERT_TRUE(hook.read_until("connection refused, trying again"));
    port.listen();
    HttpServer server(UniqueFd(::dup(port.fd())), [](const std::string&) { return "200"; });
    const Outcome outcome = hook.wait();
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().ok) << outcome.result().text;
    EXPECT_EQ(server.connections(), 1);
}

TEST(HttpHook, DoesNotSendAgainWhatMayHaveArrived) {
    std::string address;
    HttpServer server(listen_tcp(address), [](const std::string&) { return ""; });
    const Outcome outcome = run_hook(request("http://" + address + "/"));
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_FALSE(outcome.result().ok);
    EXPECT_FALSE(outcome.result().timed_out);
    EXPECT_THAT(outcome.result().text, HasSubstr("may have arrived"));
    EXPECT_EQ(server.connections(), 1);
}

TEST(HttpHook, RefusedToTheEndIsATimeout) {
    const Port port;
    const Outcome outcome = run_hook(request("http://" + port.address() + "/", milliseconds(300)));
    EXPECT_TRUE(outcome.result().timed_out);
    EXPECT_THAT(outcome.result().text, HasSubstr("connection refused"));
}

TEST(HttpHook, NoAnswerIsATimeout) {
    const Port port;
    port.listen();  // the kernel accepts, nobody answers
    const Outcome outcome = run_hook(request("http://" + port.address() + "/", milliseconds(300)));
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_TRUE(outcome.result().timed_out);
    EXPECT_THAT(outcome.result().text, HasSubstr("under way"));
}

TEST(HttpHook, SpeaksOverAUnixSocket) {
    const TempDir dir;
    HttpServer server(listen_unix(dir.path("s")), [](const std::string&) { return "202"; });
    Task task = request("http://agent/stop");
    std::get<HttpHook>(task.what).unix_socket = dir.path("s");
    const Outcome outcome = run_hook(task);
    EXPECT_TRUE(outcome.result().ok) << outcome.result().text;
    EXPECT_EQ(outcome.result().http_status, 202);
}

TEST(HttpHook, SigtermInterruptsIt) {
    const Port port;
    Hook hook(request("http://" + port.address() + "/"));
    ASSERT_TRUE(hook.read_until("trying again"));
    hook.signal(SIGTERM);
    const Outcome outcome = hook.wait();
    EXPECT_TRUE(outcome.ends_properly());
    EXPECT_THAT(outcome.result().text, HasSubstr("interrupted"));
}

}  // namespace
}  // namespace lbdrain::hook::test
