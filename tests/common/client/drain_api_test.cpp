// What is asked, byte for byte, and what each kind of reply comes to.
#include "lbdrain/client/drain_api.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "temp_dir.hpp"

namespace lbdrain::client {
namespace {

namespace json = boost::json;
using api::Action;
using testing::Contains;
using testing::HasSubstr;

const Endpoint there = *parse_endpoint("http://10.0.0.2:8081/drain");

TEST(DrainApiRequest, SaysTheNamesInThePath) {
    const auto status = status_request(there);
    ASSERT_TRUE(status);
    EXPECT_EQ(status->method, "GET");
    EXPECT_EQ(status->url, "http://10.0.0.2:8081/drain/v1/status");
    const auto command = command_request(there, {"a b", "unix:/run/x.sock"}, Action::restart, {});
    ASSERT_TRUE(command);
    EXPECT_EQ(command->method, "POST");
    EXPECT_EQ(command->url,
              "http://10.0.0.2:8081/drain/v1/services/a%20b/servers/unix:/run/x.sock/restart");
}

TEST(DrainApiRequest, CarriesTheTokenOfTheMoment) {
    const test::TempDir directory;
    Endpoint closed = there;
    closed.token_file = directory.write("token", "first\n").string();
    EXPECT_THAT(server_request(closed, {"s", "a"})->headers,
                Contains("Authorization: Bearer first"));
    directory.write("token", "second\n");
    EXPECT_THAT(server_request(closed, {"s", "a"})->headers,
                Contains("Authorization: Bearer second"));
    closed.token_file = (directory.path() / "none").string();
    const auto request = server_request(closed, {"s", "a"});
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().kind, Error::Kind::token);
    EXPECT_TRUE(request.error().nothing_sent);
}

TEST(DrainApiRequest, SaysOnlyWhatWasGiven) {
    api::CommandRequest request;
    request.by = "alice";
    EXPECT_EQ(json::parse(body_of(request, Action::drain)),
              json::parse(R"({"wait": true, "by": "alice"})"));
    request.wait = false;
    request.force = true;
    request.reason = "new kernel";
    request.timeout_ms = 1'500;
    request.settle_ms = 2'000;
    request.on_timeout = OnTimeout::wait;
    request.check = true;
    EXPECT_EQ(json::parse(body_of(request, Action::drain)), json::parse(R"({
        "wait": false, "by": "alice", "force": true, "reason": "new kernel", "timeout_s": 1.5,
        "settle_s": 2, "on_timeout": "wait"})"));
}

TEST(DrainApiRequest, IsReadBackByTheServer) {
    api::CommandRequest request;
    request.by = std::string(80, 'x');
    request.reason = std::string(300, 'y');
    request.force = true;
    request.check = true;
    request.wait = false;
    const auto read = api::parse_command_request(body_of(request, Action::ready), Action::ready);
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(read->check, true);
    EXPECT_FALSE(read->wait);
}

http::Result reply(int status, std::string body) {
    return http::Reply{status, std::move(body)};
}

TEST(DrainApiReply, OfARefusalIsItsProblem) {
    const auto view = read_server(
        there, reply(409, to_json(api::Problem{api::ProblemCode::min_ready, "two are needed"})));
    ASSERT_FALSE(view);
    EXPECT_EQ(view.error().kind, Error::Kind::refused);
    ASSERT_TRUE(view.error().problem);
    EXPECT_EQ(view.error().problem->code, api::ProblemCode::min_ready);
    EXPECT_EQ(view.error().text, "status 409, min_ready: two are needed");
}

TEST(DrainApiReply, ThatNoDrainApiGives) {
    const auto lost = read_status(there, reply(404, "<html>"));
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().kind, Error::Kind::strange);
    EXPECT_THAT(lost.error().text, HasSubstr("no location with drain_api is there"));
    const auto closed = read_status(there, reply(403, "<html>"));
    EXPECT_THAT(closed.error().text, HasSubstr("no token_file is configured for it"));
    const auto odd = read_status(there, reply(200, "<html>"));
    EXPECT_EQ(odd.error().kind, Error::Kind::unreadable);
}

TEST(DrainApiReply, ThatNeverCame) {
    const auto view = read_server(there, std::unexpected(http::Failure{"timed out", false}));
    ASSERT_FALSE(view);
    EXPECT_EQ(view.error().kind, Error::Kind::unreachable);
    EXPECT_FALSE(view.error().nothing_sent);
    EXPECT_EQ(view.error().text, "timed out");
}

TEST(DrainApiReply, OfACommandIsTheServer) {
    api::ServerView server;
    server.name = "gpu-a";
    server.address = "10.0.1.1:8000";
    server.state = ServerState::draining;
    server.sequence_id = 7;
    server.goal = Goal::drained;
    server.stop_hook = true;
    const auto view = read_server(there, reply(202, to_json(server)));
    ASSERT_TRUE(view) << view.error().text;
    EXPECT_EQ(view->sequence_id, 7U);
    EXPECT_TRUE(view->stop_hook);
    EXPECT_FALSE(view->start_hook);
}

}  // namespace
}  // namespace lbdrain::client
