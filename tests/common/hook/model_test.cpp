#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "lbdrain/hook/event.hpp"
#include "lbdrain/hook/task.hpp"

namespace lbdrain::hook {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

std::string error_of(const std::string& json) {
    const auto task = decode_task(json);
    return task ? "accepted" : task.error();
}

Task full(Action action) {
    Task task;
    task.run_id = "r-1";
    task.run_file = "/run/x/r-1";
    task.action = action;
    task.service = "vllm";
    task.server = "gpu-a";
    task.address = "[::1]:8000";
    task.reason = "a \"reason\" \n \xC3\xA4";
    task.by = "deploy@ci";
    task.timeout = milliseconds(1234);
    return task;
}

TEST(TaskJson, ComesBackAsItWas) {
    Task task = full(Action::stop);
    task.what = ExecHook{{"/bin/stop", "", "a b"}};
    EXPECT_EQ(decode_task(encode(task)), task);
    auto& http = task.what.emplace<HttpHook>();
    http.url = "https://h/x?y";
    http.method = "DELETE";
    http.unix_socket = "/run/s";
    http.headers = {"A: b"};
    http.body = "{}";
    http.expected_status = {202, 404};
    EXPECT_EQ(decode_task(encode(task)), task);
    task.what = SignalHook{"/run/v.pid", "", SIGINT, milliseconds(5)};
    EXPECT_EQ(decode_task(encode(task)), task);
    task.what = SignalHook{"", "vllm@a.service"};
    EXPECT_EQ(decode_task(encode(task)), task);
    task.what = SystemdHook{"vllm@a.service"};
    EXPECT_EQ(decode_task(encode(task)), task);
    task.action = Action::start;
    EXPECT_EQ(decode_task(encode(task)), task);
    task = full(Action::ready);
    task.what = ReadyCheck{"http://h/health", 5, milliseconds(7), milliseconds(8), "m", true};
    EXPECT_EQ(decode_task(encode(task)), task);
}

TEST(TaskJson, DefaultsStandForAbsentMembers) {
    const auto task = decode_task(R"({"action":"ready","address":"h:1","ready":{}})");
    ASSERT_TRUE(task) << task.error();
    EXPECT_EQ(std::get<ReadyCheck>(task->what), ReadyCheck());
    EXPECT_EQ(task->timeout, Task().timeout);
}

TEST(TaskJson, RefusesByName) {
    EXPECT_THAT(error_of(""), HasSubstr("JSON"));
    EXPECT_THAT(error_of("[]"), HasSubstr("object"));
    EXPECT_THAT(error_of("{}"), HasSubstr("\"action\""));
    EXPECT_THAT(error_of(R"({"action":"start","exec":{"argv":["/b"]},"typo":1})"),
                HasSubstr("\"typo\" is not known"));
    EXPECT_THAT(error_of(R"({"action":"start","exec":{"argv":["/b"],"shell":true}})"),
                HasSubstr("\"exec.shell\" is not known"));
    EXPECT_THAT(error_of(R"({"action":"start","exec":{"argv":["b"]}})"), HasSubstr("absolute"));
    EXPECT_THAT(error_of(R"({"action":"start","exec":{"argv":[1]}})"), HasSubstr("exec.argv"));
    EXPECT_THAT(error_of(R"({"action":"start","exec":{"argv":["/b\u0000c"]}})"), HasSubstr("NUL"));
    EXPECT_THAT(error_of(R"({"action":"start"})"), HasSubstr("exactly one"));
    EXPECT_THAT(error_of(R"({"action":"start","exec":{"argv":["/b"]},"http":{"url":"http://h/"}})"),
                HasSubstr("exactly one"));
    EXPECT_THAT(error_of(R"({"action":"start","http":{"url":"ftp://h/"}})"), HasSubstr("http.url"));
    EXPECT_THAT(
        error_of(R"({"action":"start","http":{"url":"http://h/","headers":["a: b\r\nc"]}})"),
        HasSubstr("http.headers"));
    EXPECT_THAT(error_of(R"({"action":"start","http":{"url":"http://h/","expected_status":[99]}})"),
                HasSubstr("expected_status"));
    EXPECT_THAT(error_of(R"({"action":"stop","exec":{"argv":["/b"]}})"), HasSubstr("\"address\""));
    EXPECT_THAT(error_of(R"({"action":"stop","address":"h","exec":{"argv":["/b"]}})"),
                HasSubstr("host:port"));
    EXPECT_THAT(error_of(R"({"action":"stop","address":"h:70000","exec":{"argv":["/b"]}})"),
                HasSubstr("host:port"));
    EXPECT_THAT(error_of(R"({"action":"start","signal":{"pidfile":"/p"}})"), HasSubstr("stop"));
    EXPECT_THAT(error_of(R"({"action":"stop","address":"h:1","signal":{}})"),
                HasSubstr("exactly one"));
    EXPECT_THAT(error_of(R"({"action":"stop","address":"h:1","signal":{"unit":"-x.service"}})"),
                HasSubstr("unit"));
    EXPECT_THAT(error_of(R"({"action":"start","systemd":{}})"), HasSubstr("systemd.unit"));
    EXPECT_THAT(error_of(R"({"action":"start","systemd":"a.service"})"), HasSubstr("systemd"));
    EXPECT_THAT(error_of(R"({"action":"start","systemd":{"unit":"vllm"}})"),
                HasSubstr("systemd.unit"));
    EXPECT_THAT(error_of(R"({"action":"start","systemd":{"unit":"a b.service"}})"),
                HasSubstr("systemd.unit"));
    EXPECT_THAT(error_of(R"({"action":"start","systemd":{"unit":"a.service\u0000"}})"),
                HasSubstr("systemd.unit"));
    EXPECT_THAT(error_of(R"({"action":"start","systemd":{"unit":"a.service","mode":"fail"}})"),
                HasSubstr("\"systemd.mode\" is not known"));
    EXPECT_THAT(error_of(R"({"action":"ready","systemd":{"unit":"a.service"}})"),
                HasSubstr("ready check"));
    EXPECT_THAT(error_of(R"({"action":"stop","systemd":{"unit":"a.service"}})"),
                HasSubstr("\"address\""));
    EXPECT_THAT(error_of(R"({"action":"start","timeout_ms":0,"exec":{"argv":["/b"]}})"),
                HasSubstr("timeout_ms"));
    EXPECT_THAT(error_of(R"({"action":"start","timeout_ms":1.5,"exec":{"argv":["/b"]}})"),
                HasSubstr("timeout_ms"));
    EXPECT_THAT(error_of(R"({"action":"start","run_file":"/r","exec":{"argv":["/b"]}})"),
                HasSubstr("run_id"));
    EXPECT_THAT(error_of(R"({"action":"ready","address":"h:1","ready":{"one_token":true}})"),
                HasSubstr("ready.url"));
    EXPECT_THAT(error_of(std::string(kMaxTaskBytes + 1, ' ')), HasSubstr("longer"));
    EXPECT_THAT(error_of(std::string(5000, '[')), HasSubstr("JSON"));
}

TEST(EventJson, ComesBackAsItWas) {
    Event event;
    event.kind = Event::Kind::result;
    event.text = "tab\t \xE2\x82\xAC";
    event.elapsed_ms = 12;
    event.passes = 3;
    event.ok = event.killed = event.timed_out = event.repeated = true;
    event.exit_status = 143;
    event.http_status = 503;
    const std::string line = encode(event);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_EQ(decode_event(line), event);
}

TEST(EventJson, AnyTextBecomesOneShortLine) {
    Event event;
    for (int byte = 0; byte < 256; ++byte) {
        event.text += static_cast<char>(byte);
    }
    const auto back = decode_event(encode(event));
    ASSERT_TRUE(back) << back.error();
    EXPECT_THAT(back->text, HasSubstr("\xEF\xBF\xBD"));
    event.text = std::string(100000, '\x01');
    EXPECT_LE(encode(event).size(), kMaxEventBytes);
    EXPECT_TRUE(decode_event(encode(event)));
}

TEST(EventJson, RefusesWhatItDoesNotKnow) {
    EXPECT_FALSE(decode_event(R"({"event":"other"})"));
    EXPECT_FALSE(decode_event(R"({"event":"result"})"));
    EXPECT_FALSE(decode_event(R"({"event":"progress","ok":true})"));
    EXPECT_FALSE(decode_event("\xff\xfe"));
}

// Mutations of good input: whatever comes, an answer comes back and no exception.
TEST(HookModel, SurvivesAnyBytes) {
    std::mt19937 random(7);
    Task task = full(Action::stop);
    auto& http = task.what.emplace<HttpHook>();
    http.url = "http://h/";
    http.headers = {"A: b"};
    http.expected_status = {200};
    Event result;
    result.kind = Event::Kind::result;
    const std::string good_task = encode(task);
    const std::string good_event = encode(result);
    for (int round = 0; round < 20000; ++round) {
        for (std::string text : {good_task, good_event}) {
            for (unsigned edits = random() % 4; edits > 0; --edits) {
                text[random() % text.size()] = static_cast<char>(random());
            }
            text.resize(random() % (text.size() + 1));
            const auto read_task = decode_task(text);
            EXPECT_TRUE(read_task || !read_task.error().empty());
            const auto read_event = decode_event(text);
            EXPECT_TRUE(read_event || !read_event.error().empty());
        }
    }
}

}  // namespace
}  // namespace lbdrain::hook
