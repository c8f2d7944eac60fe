// Answers read back: the same values, unknown members skipped, wrong types named, any bytes lived
// through.
#include "lbdrain/api/read_views.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <random>

#include "lbdrain/api/ending.hpp"

namespace lbdrain::api {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

constexpr std::int64_t asked_at = 1'769'860'800'250;

ServerView server_with_all() {
    ServerView view;
    view.service = "vllm";
    view.name = "gpu-a \"x\" \xC3\xA4";
    view.address = "10.0.1.1:8000";
    view.state = ServerState::draining;
    view.in_flight = std::numeric_limits<std::uint64_t>::max();
    view.queued = 2;
    view.weight = 5;
    view.backup = true;
    view.configured_down = true;
    view.held_by = "chat/10.0.1.1:8000";
    view.since_unix_ms = asked_at;
    view.goal = Goal::restarted;
    view.waiting_for = "3 requests in flight";
    view.deadline_unix_ms = asked_at + 900'000;
    view.by = "alice";
    view.reason = "new kernel";
    view.last = Ending{0, Goal::drained, Outcome::drain_timeout, 0, 4, "why"};
    view.last_at_unix_ms = asked_at - 1'000;
    view.balancers.push_back({"edge-1", true, true, true, false, false, true, 3, 2, "worker 7"});
    return view;
}

StatusView full_status() {
    StatusView view;
    view.program = "drain-agent";
    view.version = "0.1.0";
    view.balancer_version = "HAProxy 2.6.12";
    view.writable = true;
    view.workers = 4;
    ServerView idle;
    idle.name = "gpu-b";
    view.services.push_back({"vllm", true, "", 2, {server_with_all(), idle}});
    view.services.push_back({"legacy", false, "drain off", 1, {}});
    view.balancers.push_back({"edge-1", "haproxy", true, "", "2.6.12", 1, 2, "all", {"a", "b"}});
    view.balancers.push_back({"edge-2", "nginx", false, "refused", "", 0, 0, "", {}});
    return view;
}

TEST(ReadServer, GivesBackWhatWasWritten) {
    const auto server = read_server(to_json(server_with_all()));
    ASSERT_TRUE(server) << server.error();
    EXPECT_EQ(to_json(*server), to_json(server_with_all()));
    EXPECT_EQ(server->in_flight, std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(server->deadline_unix_ms, asked_at + 900'000);
    EXPECT_EQ(server->last.outcome, Outcome::drain_timeout);
    EXPECT_EQ(to_json(read_server(to_json(ServerView{})).value()), to_json(ServerView{}));
}

TEST(ReadServer, WhatOnlyABalancerSaysMayBeMissing) {
    ServerView view = server_with_all();
    EXPECT_FALSE(read_server(to_json(view))->complete);
    view.complete = false;
    view.out = true;
    view.goal = Goal::none;
    const auto server = read_server(to_json(view));
    ASSERT_TRUE(server) << server.error();
    EXPECT_EQ(server->complete, false);
    EXPECT_EQ(server->out, true);
    EXPECT_EQ(server->by, "alice");
    std::string text = to_json(view);
    text.replace(text.find("\"out\":true"), 10, "\"out\":null");
    EXPECT_FALSE(read_server(text));
}

TEST(ReadServer, EveryWord) {
    ServerView view;
    for (int state = 0; state <= static_cast<int>(ServerState::down); ++state) {
        view.state = static_cast<ServerState>(state);
        EXPECT_EQ(read_server(to_json(view))->state, view.state);
    }
    for (int goal = 1; goal <= static_cast<int>(Goal::down); ++goal) {
        view.goal = static_cast<Goal>(goal);
        EXPECT_EQ(read_server(to_json(view))->goal, view.goal);
    }
    for (int outcome = 1; outcome <= static_cast<int>(Outcome::cancelled); ++outcome) {
        view.last.outcome = static_cast<Outcome>(outcome);
        EXPECT_EQ(read_server(to_json(view))->last.outcome, view.last.outcome);
    }
}

TEST(ReadStatus, GivesBackWhatWasWritten) {
    const auto status = read_status(to_json(full_status()));
    ASSERT_TRUE(status) << status.error();
    EXPECT_EQ(to_json(*status), to_json(full_status()));
    EXPECT_EQ(status->services[0].servers[1].service, "vllm");
    EXPECT_EQ(to_json(read_status(to_json(StatusView{})).value()), to_json(StatusView{}));
}

// A newer server shows more, at any place.
json::value with_more(const json::value& value) {
    if (const auto* list = value.if_array()) {
        json::array out;
        for (const auto& each : *list) {
            out.push_back(with_more(each));
        }
        return out;
    }
    if (const auto* object = value.if_object()) {
        json::object out;
        out["colour"] = {1, "red", nullptr};
        for (const auto& member : *object) {
            out[member.key()] = with_more(member.value());
        }
        return out;
    }
    return value;
}

TEST(ReadStatus, SkipsMembersThatItDoesNotKnow) {
    const auto status =
        read_status(json::serialize(with_more(json::parse(to_json(full_status())))));
    ASSERT_TRUE(status) << status.error();
    EXPECT_EQ(to_json(*status), to_json(full_status()));
}

// Each member in turn is left out or gets a value of another type: never a default instead.
void expect_strict(const json::value& whole, json::value& part) {
    const auto expect_refused = [&](const std::string& name) {
        EXPECT_FALSE(read_status(json::serialize(whole))) << name << json::serialize(whole);
    };
    if (auto* list = part.if_array()) {
        for (auto& each : *list) {
            expect_strict(whole, each);
        }
        return;
    }
    auto* object = part.if_object();
    if (object == nullptr) {
        return;
    }
    for (std::size_t i = 0; i < object->size(); ++i) {
        const std::string name = (object->begin() + static_cast<std::ptrdiff_t>(i))->key();
        if (name == "api" || name == "phase") {
            continue;  // said twice, not read
        }
        json::value& member = object->at(name);
        expect_strict(whole, member);
        json::value kept = member;
        member = kept.is_number() ? json::value("7") : json::value(-7.5);
        expect_refused(name);
        member = json::array{json::array{}};
        expect_refused(name);
        member = std::move(kept);
    }
    const json::object kept = *object;
    for (const auto& member : kept) {
        if (member.key() == "api" || member.key() == "phase" || member.key() == "balancers") {
            continue;
        }
        object->erase(member.key());
        expect_refused(member.key());
        *object = kept;
    }
}

TEST(ReadStatus, EveryMemberIsCheckedAndNeeded) {
    json::value whole = json::parse(to_json(full_status()));
    expect_strict(whole, whole);
    EXPECT_TRUE(read_status(json::serialize(whole)));
}

TEST(ReadStatus, ErrorsNameTheMember) {
    json::value whole = json::parse(to_json(full_status()));
    auto& server = whole.at("services").at(0).at("servers").at(1);
    server.at("in_flight") = -1;
    EXPECT_EQ(read_status(json::serialize(whole)).error(),
              "\"services[0].servers[1].in_flight\" must be a whole number that is not negative");
    server.at("in_flight") = 0;
    server.at("state") = "melting";
    EXPECT_EQ(read_status(json::serialize(whole)).error(),
              "\"services[0].servers[1].state\" is a word that is not known here: \"melting\"");
    server.at("state") = "ready";
    server.at("since") = "yesterday";
    EXPECT_THAT(read_status(json::serialize(whole)).error(), HasSubstr("2026-01-31T12:00"));
    server.as_object().erase("weight");
    server.at("since") = nullptr;
    EXPECT_EQ(read_status(json::serialize(whole)).error(),
              "\"services[0].servers[1].weight\" is missing");
    EXPECT_THAT(read_server("{").error(), HasSubstr("not valid JSON"));
    EXPECT_EQ(read_server("[]").error(), "it must be an object");
    EXPECT_EQ(read_server("{}").error(), "\"name\" is missing");
}

TEST(ReadProblem, EveryCode) {
    for (int code = 0; code <= static_cast<int>(ProblemCode::internal); ++code) {
        const Problem problem{static_cast<ProblemCode>(code), "a \"detail\""};
        const auto read = read_problem(to_json(problem));
        ASSERT_TRUE(read) << read.error();
        EXPECT_EQ(read->code, problem.code);
        EXPECT_EQ(read->detail, problem.detail);
    }
    const auto newer = read_problem(R"({"code":"too_hot","detail":"90 degrees"})");
    ASSERT_TRUE(newer);
    EXPECT_EQ(newer->code, ProblemCode::internal);
    EXPECT_EQ(newer->detail, "too_hot: 90 degrees");
    EXPECT_FALSE(read_problem("{}"));
    EXPECT_FALSE(read_problem(R"({"code":1,"detail":""})"));
}

TEST(ReadEvent, EveryLine) {
    const ServerView view = server_with_all();
    const Problem problem{ProblemCode::drain_timeout, "late"};
    for (const char* event : {"progress", "done", "state", "changed"}) {
        const auto line = read_event(progress_line(event, view));
        ASSERT_TRUE(line) << line.error();
        EXPECT_EQ(line->event, event);
        ASSERT_TRUE(line->has_server);
        EXPECT_EQ(line->server.service, "vllm");
        EXPECT_EQ(to_json(line->server), to_json(view));
        EXPECT_FALSE(line->problem);
    }
    for (const auto& text : {failed_line(problem, view), interrupted_line(problem, view)}) {
        const auto line = read_event(text);
        ASSERT_TRUE(line) << line.error();
        EXPECT_TRUE(line->has_server);
        EXPECT_EQ(line->server.service, "vllm");
        ASSERT_TRUE(line->problem);
        EXPECT_EQ(line->problem->code, ProblemCode::drain_timeout);
    }
    const auto gone = read_event(interrupted_line(problem));
    ASSERT_TRUE(gone) << gone.error();
    EXPECT_FALSE(gone->has_server);
    EXPECT_TRUE(gone->problem);
    const auto removed = read_event(removed_line("vllm", "gpu-a"));
    ASSERT_TRUE(removed) << removed.error();
    EXPECT_EQ(removed->server.service, "vllm");
    EXPECT_EQ(removed->server.name, "gpu-a");
    EXPECT_FALSE(removed->has_server);
    EXPECT_TRUE(read_event(R"({"event":"newer","something":1})"));
    EXPECT_FALSE(read_event(R"({"event":"progress"})"));
    EXPECT_FALSE(read_event(R"({"service":"vllm"})"));
    EXPECT_FALSE(read_event(R"({"event":"failed","service":"s","server":{}})"));
}

TEST(ReadRfc3339, GivesBackWhatWasWritten) {
    for (const std::int64_t time : {std::int64_t{0}, asked_at, std::int64_t{1'709'164'800'000},
                                    std::int64_t{-1}, std::int64_t{253'402'300'799'999}}) {
        EXPECT_EQ(read_rfc3339(rfc3339(time)), time);
    }
    for (const char* text :
         {"", "2026-01-31", "2026-01-31T12:00:00Z", "2026-02-31T12:00:00.000Z",
          "2026-01-31T24:00:00.000Z", "2026-01-31 12:00:00.250Z", "2026-01-31T12:00:00.250z",
          "2026-01-31T12:00:00.250Z ", "+026-01-31T12:00:00.250Z", "2026-13-01T00:00:00.000Z"}) {
        EXPECT_FALSE(read_rfc3339(text)) << text;
    }
}

TEST(ReadViews, LivesThroughAnyBytes) {
    const std::string seeds[] = {to_json(full_status()), to_json(server_with_all()),
                                 failed_line({}, server_with_all())};
    std::mt19937 random(20260131);
    for (int round = 0; round < 20000; ++round) {
        std::string text = seeds[random() % std::size(seeds)];
        for (unsigned edits = 1 + random() % 4; edits > 0 && !text.empty(); --edits) {
            const std::size_t at = random() % text.size();
            switch (random() % 4) {
                case 0:
                    text[at] = static_cast<char>(random());
                    break;
                case 1:
                    text.erase(at, 1 + random() % 40);
                    break;
                case 2:
                    text.insert(at, text.substr(random() % text.size(), random() % 40));
                    break;
                default:
                    text[at] = "{}[]\",:0-e"[random() % 10];
            }
        }
        static_cast<void>(read_status(text));
        static_cast<void>(read_server(text));
        static_cast<void>(read_problem(text));
        static_cast<void>(read_event(text));
    }
    EXPECT_FALSE(read_status(std::string(100'000, '[')));
    EXPECT_FALSE(read_event(std::string("\0\0", 2)));
}

}  // namespace
}  // namespace lbdrain::api
