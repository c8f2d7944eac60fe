// What the API shows, read back: exact members, nulls, times.
#include "lbdrain/api/views.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <limits>

namespace lbdrain::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t noon = 1'769'860'800'250;  // 2026-01-31T12:00:00.250Z

ServerView idle_server() {
    ServerView view;
    view.service = "vllm";
    view.name = "gpu-a";
    view.address = "10.0.1.1:8000";
    return view;
}

ServerView draining_server() {
    ServerView view = idle_server();
    view.state = ServerState::draining;
    view.in_flight = 3;
    view.queued = 2;
    view.weight = 5;
    view.backup = true;
    view.configured_down = true;
    view.held_by = "chat/10.0.1.1:8000";
    view.since_unix_ms = noon;
    view.stop_hook = true;
    view.sequence_id = 8;
    view.goal = Goal::restarted;
    view.waiting_for = "3 requests in flight";
    view.deadline_unix_ms = noon + 900'000;
    view.by = "alice";
    view.reason = "new kernel";
    view.last = Ending{7, Goal::drained, Outcome::drain_timeout, 123, 4, "why"};
    view.last_at_unix_ms = noon - 1'000;
    return view;
}

const json::value idle_json = json::parse(R"({
    "name": "gpu-a", "address": "10.0.1.1:8000", "state": "ready", "in_flight": 0, "queued": 0,
    "weight": 1, "backup": false, "configured_down": false, "held_by": null,
    "stop_hook": false, "start_hook": false, "since": null,
    "sequence": null, "last": null})");

const json::value draining_json = json::parse(R"({
    "name": "gpu-a", "address": "10.0.1.1:8000", "state": "draining", "in_flight": 3, "queued": 2,
    "weight": 5, "backup": true, "configured_down": true, "held_by": "chat/10.0.1.1:8000",
    "stop_hook": true, "start_hook": false,
    "since": "2026-01-31T12:00:00.250Z",
    "sequence": {"id": 8, "goal": "restarted", "phase": "draining", "waiting_for": "3 requests in flight",
                 "deadline": "2026-01-31T12:15:00.250Z", "by": "alice", "reason": "new kernel"},
    "last": {"id": 7, "goal": "drained", "outcome": "drain_timeout", "at": "2026-01-31T11:59:59.250Z",
             "left_in_flight": 4, "detail": "why", "by": null}})");

// One line, ended by a newline: a body as well as an NDJSON line.
json::value line(const std::string& text) {
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    return json::parse(text);
}

TEST(ServerView, IdleHasNulls) {
    EXPECT_EQ(line(to_json(idle_server())), idle_json);
}

TEST(ServerView, RunningShowsItsSequenceAndTheLastEnding) {
    EXPECT_EQ(line(to_json(draining_server())), draining_json);
}

TEST(ServerView, EmptyTextsOfASequenceAreNull) {
    ServerView view = idle_server();
    view.goal = Goal::ready;
    view.state = ServerState::warming;
    view.last = Ending{7, Goal::drained, Outcome::reached, 123, 0, ""};
    const json::value shown = line(to_json(view));
    EXPECT_EQ(shown.at("sequence"),
              json::parse(R"({"id": 0, "goal": "ready", "phase": "warming", "waiting_for": null,
                              "deadline": null, "by": null, "reason": null})"));
    EXPECT_EQ(shown.at("last"), json::parse(R"({"id": 7, "goal": "drained", "outcome": "reached",
                                                "at": null, "left_in_flight": 0,
                                                "detail": null, "by": null})"));
}

TEST(ServerView, SaysWhoAskedForTheLastOne) {
    ServerView view = idle_server();
    view.by = "alice";
    view.last = Ending{7, Goal::drained, Outcome::reached, 123, 0, ""};
    EXPECT_EQ(line(to_json(view)).at("last").at("by").as_string(), "alice");
}

TEST(ServerView, SaysWhatTheCountIsWorthWhereItIsItsOwn) {
    ServerView view = idle_server();
    view.complete = true;
    view.out = false;
    const json::value shown = line(to_json(view));
    EXPECT_TRUE(shown.at("complete").as_bool());
    EXPECT_FALSE(shown.at("out").as_bool());
}

TEST(ServerView, CountsAreNotRounded) {
    ServerView view = idle_server();
    view.in_flight = std::numeric_limits<std::uint64_t>::max();
    EXPECT_EQ(line(to_json(view)).at("in_flight").as_uint64(), view.in_flight);
}

TEST(ServerView, BytesFromOutsideBecomeUtf8) {
    ServerView view = draining_server();
    view.name = "\xFF";
    view.address = "unix:/tmp/\xC3(";
    view.waiting_for = "cut \xE2\x82";
    view.by = "\xFE";
    view.reason = "\x80";
    view.held_by = "\xFF";
    view.last.text = "\xFF";
    const json::value shown = line(to_json(view));
    EXPECT_EQ(shown.at("name").as_string(), "\xEF\xBF\xBD");
    EXPECT_EQ(shown.at("address").as_string(), "unix:/tmp/\xEF\xBF\xBD(");
    EXPECT_EQ(shown.at("last").at("detail").as_string(), "\xEF\xBF\xBD");
}

TEST(StatusView, ShowsServicesAndServers) {
    StatusView view;
    view.program = "ngx_http_drain_module";
    view.version = "0.1.0";
    view.balancer_version = "nginx/1.22.1";
    view.writable = true;
    view.workers = 4;
    view.services.push_back({"vllm", true, "", 2, {idle_server(), draining_server()}});
    view.services.push_back({"legacy", false, "drain off", 1, {}});
    json::object expected{
        {"program", "ngx_http_drain_module"}, {"version", "0.1.0"}, {"api", "v1"},
        {"balancer", "nginx/1.22.1"},         {"writable", true},   {"workers", 4}};
    expected["services"] = json::array{json::object{{"name", "vllm"},
                                                    {"managed", true},
                                                    {"min_ready", 2},
                                                    {"servers", {idle_json, draining_json}}},
                                       json::object{{"name", "legacy"},
                                                    {"managed", false},
                                                    {"unmanaged_because", "drain off"},
                                                    {"min_ready", 1},
                                                    {"servers", json::array{}}}};
    EXPECT_EQ(line(to_json(view)), expected);
    EXPECT_EQ(line(to_json(StatusView{})).at("services"), json::array{});
}

TEST(ServerView, ShowsItsBalancersWhereThereAreSome) {
    ServerView view = idle_server();
    view.balancers.push_back({"edge-1", true, true, true, false, false, false, 3, 2, ""});
    view.balancers.push_back({"edge-2", false, false, false, true, true, true, 0, 0, "\xFF"});
    const json::value shown = line(to_json(view));
    EXPECT_EQ(shown.at("balancers"), json::parse(R"([
        {"name": "edge-1", "known": true, "complete": true, "out": true, "in": false, "up": false,
         "by_hand": false, "in_flight": 3, "queued": 2, "obstacle": null},
        {"name": "edge-2", "known": false, "complete": false, "out": false, "in": true, "up": true,
         "by_hand": true, "in_flight": 0, "queued": 0, "obstacle": "\uFFFD"}])"));
}

TEST(StatusView, ShowsItsBalancersWhereThereAreSome) {
    StatusView view;
    view.balancers.push_back(
        {"edge-1", "haproxy", true, "", "HAProxy 2.6.12", 1, 2, "master socket", {"a", "\xFF"}});
    view.balancers.push_back({"edge-2", "nginx", false, "connection refused", "", 0, 0, "", {}});
    const json::value shown = line(to_json(view));
    EXPECT_EQ(shown.at("balancers"), json::parse(R"([
        {"name": "edge-1", "kind": "haproxy", "reachable": true, "error": null,
         "version": "HAProxy 2.6.12", "workers": 1, "stopping": 2, "counting": "master socket",
         "warnings": ["a", "\uFFFD"]},
        {"name": "edge-2", "kind": "nginx", "reachable": false, "error": "connection refused",
         "version": null, "workers": 0, "stopping": 0, "counting": null, "warnings": []}])"));
}

TEST(ProgressLine, NamesTheEventTheServiceAndTheServer) {
    for (const char* event : {"progress", "done", "failed"}) {
        const json::value shown = line(progress_line(event, draining_server()));
        const json::value expected{
            {"event", event}, {"service", "vllm"}, {"server", draining_json}};
        EXPECT_EQ(shown, expected);
    }
}

TEST(Rfc3339, IsUtcWithMilliseconds) {
    EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(rfc3339(noon), "2026-01-31T12:00:00.250Z");
    EXPECT_EQ(rfc3339(1'709'164'799'999), "2024-02-28T23:59:59.999Z");
    EXPECT_EQ(rfc3339(1'709'164'800'000), "2024-02-29T00:00:00.000Z");
    EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace lbdrain::api
