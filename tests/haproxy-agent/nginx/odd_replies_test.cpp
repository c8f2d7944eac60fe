// A balancer that is none, or answers nonsense: said in clear words, never taken for a zero.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "nginx/nginx_balancer.hpp"
#include "replica.hpp"

namespace lbdrain::agent {
namespace {

using testing::HasSubstr;

api::ServerView one_server(ServerState state) {
    api::ServerView view;
    view.name = "gpu-a";
    view.address = "10.0.1.1:8000";
    view.state = state;
    view.complete = true;
    view.out = !in_rotation(state);
    return view;
}

api::StatusView status_with(ServerState state) {
    api::StatusView view;
    view.program = "ngx_http_drain_module";
    view.version = "0.1.0";
    view.balancer_version = "nginx/1.22.1";
    view.writable = true;
    view.workers = 4;
    view.services.push_back({"vllm", true, "", 1, {one_server(state)}});
    return view;
}

class OddReplies : public testing::Test {
  protected:
    void answer(const std::string& path, const std::string& body, int status = 200) {
        server_.on(path, [=](const test::HttpReader&) {
            return test::ReplicaReply{.status = status, .body = body};
        });
    }
    void answer_status(const std::string& body, int status = 200) {
        answer("/a/v1/status", body, status);
    }
    Snapshot poll(Rotation rotation = Rotation::drain, Millis timeout = 20'000) {
        NginxBalancer balancer({"http://" + server_.address() + "/a/", "", ""},
                               {{"vllm", "gpu-a", "10.0.1.1:8000"}}, timeout);
        const Wanted wanted{.rotation = rotation, .revision = 3};
        return balancer.poll({&wanted, 1});
    }
    std::string error() {
        const Snapshot snapshot = poll();
        EXPECT_FALSE(snapshot.reachable);
        EXPECT_TRUE(snapshot.servers.empty());
        EXPECT_GT(snapshot.begun, 0);
        return snapshot.error;
    }

    test::Replica server_{"api"};
    const std::string drain_path_ = "/a/v1/services/vllm/servers/10.0.1.1:8000/drain";
};

TEST_F(OddReplies, TheVersionsAndTheWorkers) {
    answer_status(to_json(status_with(ServerState::ready)));
    const Snapshot snapshot = poll(Rotation::keep);
    ASSERT_TRUE(snapshot.reachable) << snapshot.error;
    EXPECT_EQ(snapshot.version, "nginx/1.22.1");
    EXPECT_EQ(snapshot.workers, 4U);
    EXPECT_THAT(snapshot.counting, HasSubstr("every worker of every generation"));
    EXPECT_TRUE(snapshot.warnings.empty());
    ASSERT_EQ(snapshot.servers.size(), 1U);
    EXPECT_TRUE(snapshot.servers[0].up);
    EXPECT_EQ(snapshot.servers[0].revision, 3U);
}

TEST_F(OddReplies, NoStatus) {
    answer_status("");
    EXPECT_THAT(error(), HasSubstr("no status of a drain API"));
    answer_status("<html>It works!</html>");
    EXPECT_THAT(error(), HasSubstr("not valid JSON"));
    std::string text = to_json(status_with(ServerState::ready));
    text.replace(text.find("\"in_flight\":0"), 13, "\"in_flight\":-1");
    answer_status(text);
    EXPECT_THAT(error(), HasSubstr("\"services[0].servers[0].in_flight\" must be"));
    answer_status(std::string(std::size_t{17} * 1024 * 1024, ' '));
    EXPECT_THAT(error(), HasSubstr("longer than"));
}

TEST_F(OddReplies, OtherStatuses) {
    answer_status("", 404);
    EXPECT_THAT(error(), HasSubstr("no location with drain_api"));
    answer_status("", 401);
    EXPECT_THAT(error(), HasSubstr("no token_file is configured"));
    answer_status("", 302);
    EXPECT_EQ(error(), "status 302");
    answer_status(to_json(api::Problem{api::ProblemCode::internal, "not open"}), 500);
    EXPECT_EQ(error(), "status 500, internal: not open");
}

TEST_F(OddReplies, AnotherProgram) {
    auto agent = status_with(ServerState::ready);
    agent.program = "drain-agent";
    answer_status(to_json(agent));
    EXPECT_THAT(error(), HasSubstr("\"drain-agent\", not NGINX's drain module"));
}

TEST_F(OddReplies, NobodyThere) {
    server_.kill();
    EXPECT_EQ(error(), "connection refused");
}

TEST_F(OddReplies, OneThatHangsEndsThePoll) {
    server_.hold();
    const std::int64_t start = test::steady_ms();
    const Snapshot snapshot = poll(Rotation::keep, 200);
    EXPECT_EQ(snapshot.error, "timed out");
    EXPECT_LT(test::steady_ms() - start, 10'000);
}

TEST_F(OddReplies, ARefusedCommandIsTold) {
    answer_status(to_json(status_with(ServerState::ready)));
    answer(drain_path_, to_json(api::Problem{api::ProblemCode::sequence_running, "of alice"}), 409);
    const Seen seen = poll().servers.at(0);
    EXPECT_FALSE(seen.out);
    EXPECT_EQ(seen.obstacle, "drain: status 409, sequence_running: of alice");
    answer(drain_path_, "", 403);
    EXPECT_THAT(poll().servers.at(0).obstacle, HasSubstr("drain: status 403"));
    answer(drain_path_, "{}");
    EXPECT_THAT(poll().servers.at(0).obstacle, HasSubstr("no server of a drain API"));
}

TEST_F(OddReplies, TheAnswerToACommandIsWhatWasSeen) {
    answer_status(to_json(status_with(ServerState::ready)));
    auto after = one_server(ServerState::draining);
    after.goal = Goal::drained;
    after.by = "drain-agent";
    after.in_flight = 3;
    std::string body;
    server_.on(drain_path_, [&](const test::HttpReader& request) {
        body = request.body();
        return test::ReplicaReply{.status = 202, .body = to_json(after)};
    });
    const Seen seen = poll().servers.at(0);
    EXPECT_TRUE(seen.out);
    EXPECT_TRUE(seen.complete);
    EXPECT_EQ(seen.in_flight, 3U);
    const auto sent = boost::json::parse(body);
    EXPECT_FALSE(sent.at("wait").as_bool());
    EXPECT_TRUE(sent.at("force").as_bool());
    EXPECT_EQ(sent.at("on_timeout").as_string(), "wait");
    EXPECT_EQ(sent.at("settle_s").as_int64(), 0);
    EXPECT_EQ(sent.at("by").as_string(), "drain-agent");
    EXPECT_THAT(std::string(sent.at("reason").as_string()), HasSubstr("gpu-a"));
}

TEST_F(OddReplies, NoCommandIsSentWhereNoneIsTaken) {
    auto status = status_with(ServerState::ready);
    status.writable = false;
    answer_status(to_json(status));
    const Snapshot snapshot = poll();
    EXPECT_THAT(snapshot.warnings, testing::ElementsAre(HasSubstr("write=on")));
    EXPECT_THAT(snapshot.servers.at(0).obstacle, HasSubstr("write=on"));
    EXPECT_FALSE(snapshot.servers.at(0).out);
}

TEST_F(OddReplies, AServerThatIsNotThere) {
    auto status = status_with(ServerState::ready);
    status.services[0].servers[0].address = "10.0.1.9:8000";
    status.services[0].servers[0].name = "other";
    answer_status(to_json(status));
    const Seen seen = poll().servers.at(0);
    EXPECT_FALSE(seen.known);
    EXPECT_FALSE(seen.out);
    EXPECT_FALSE(seen.complete);
    EXPECT_EQ(seen.revision, 3U);
    EXPECT_THAT(seen.obstacle, HasSubstr("has no server 10.0.1.1:8000"));
}

}  // namespace
}  // namespace lbdrain::agent
