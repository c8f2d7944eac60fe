// Bodies of commands: what is refused changes nothing, however the body arrives.
#include <gtest/gtest.h>

#include "drain_fixture.hpp"

namespace lbdrain::test {
namespace {

class ApiBodyTest : public testing::Test {
  protected:
    static DrainSetup setup() {
        DrainSetup setup;
        // A second API whose bodies go to a temporary file at once, and one that spills.
        setup.locations =
            "location /spill/ { drain_api write=on; client_body_buffer_size 1k; }\n"
            "location /file/ { drain_api write=on; client_body_in_file_only clean; }\n";
        return setup;
    }

    void SetUp() override { ASSERT_TRUE(it.start()); }

    std::string target(const std::string& api, const std::string& action = "drain") {
        return "/" + api + DrainNginx::path(it.address(0), action).substr(6);
    }

    void expect_refused(const HttpResponse& response, const std::string& says) {
        EXPECT_EQ(response.status, 400);
        EXPECT_EQ(code_of(response), "bad_request");
        EXPECT_NE(response.body.find(says), std::string::npos) << response.body;
        EXPECT_EQ(it.state(0), "ready") << "a refused command changes nothing";
        EXPECT_TRUE(it.server(0).at("last").is_null());
    }

    // A valid body of this size.
    static std::string padded(std::size_t size, const std::string& reason = "pad") {
        const std::string body = R"({"reason":")" + reason + R"("})";
        return body + std::string(size - body.size(), ' ');
    }

    static std::string chunked(const std::string& body, std::size_t piece) {
        std::string bytes;
        char head[32];
        for (std::size_t at = 0; at < body.size(); at += piece) {
            const auto part = body.substr(at, piece);
            std::snprintf(head, sizeof head, "%zx\r\n", part.size());
            bytes += head + part + "\r\n";
        }
        return bytes + "0\r\n\r\n";
    }

    HttpResponse post_chunked(const std::string& where, const std::string& body,
                              std::size_t piece) {
        auto exchange = it.client().open();
        exchange.send("POST " + where +
                      " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n" +
                      chunked(body, piece));
        return exchange.response();
    }

    DrainNginx it{setup()};
};

TEST_F(ApiBodyTest, RefusalsNameTheMistake) {
    const std::pair<std::string, std::string> mistakes[] = {
        {R"({"wiat":true})", "wiat"},
        {R"({"wait":1})", "\\\"wait\\\" must be true or false"},
        {R"({"timeout_s":"5"})", "timeout_s"},
        {R"({"timeout_s":-1})", "timeout_s"},
        {R"({"settle_s":1e99})", "settle_s"},
        {R"({"on_timeout":"explode"})", "readmit"},
        {R"({"on_timeout":"stop"})", "a drain has nothing to stop"},
        {R"({"force":true})", "reason"},
        {R"({"reason":7})", "reason"},
        {R"({"check":true})", "check"},
        {R"({"wait":true,"wait":false})", "twice"},
        {"{", "not valid JSON"},
        {"null", "must be a JSON object"},
        {"[]", "must be a JSON object"},
        {"{} {}", "not valid JSON"},
        {R"({"reason":{"a":{"b":{"c":{"d":1}}}}})", "not valid JSON"},
        {"\xFF\xFE", "not valid JSON"},
    };
    for (const auto& [body, says] : mistakes) {
        SCOPED_TRACE(body);
        expect_refused(it.drain(0, body), says);
    }
    it.nginx().expect_clean_log();
}

TEST_F(ApiBodyTest, SixteenKibibytesAndNoMore) {
    const std::string too_large = padded(17 * 1024);
    for (const std::string api : {"drain", "spill", "file"}) {
        SCOPED_TRACE(api);
        expect_refused(it.client().post(target(api), too_large), "16 KiB");
        expect_refused(post_chunked(target(api), too_large, 1000), "16 KiB");
        expect_refused(post_chunked(target(api), too_large, 17000), "16 KiB");
    }
    EXPECT_TRUE(has_status(it.client().post(target("drain"), padded(16 * 1024)), 200));
    it.nginx().expect_clean_log();
}

TEST_F(ApiBodyTest, AnnouncedTooLargeIsRefusedBeforeItArrives) {
    auto exchange = it.client().begin({"POST", target("drain"), {}, {}}, 1000 * 1000);
    expect_refused(exchange.response(), "16 KiB");
    it.nginx().expect_clean_log();
}

TEST_F(ApiBodyTest, ABodyInATemporaryFileIsRead) {
    for (const std::string api : {"spill", "file"}) {
        SCOPED_TRACE(api);
        const auto body = padded(12000, "from " + api);
        EXPECT_TRUE(has_status(it.client().post(target(api), body), 200));
        EXPECT_EQ(it.state(0), "drained");
        EXPECT_TRUE(it.nginx().wait_for_log("from " + api));
        EXPECT_TRUE(has_status(post_chunked(target(api, "ready"), padded(5000), 700), 200));
        EXPECT_EQ(it.state(0), "ready");
    }
    auto wrong = padded(12000);
    wrong.replace(wrong.find("reason"), 6, "raison");
    const auto refused = it.client().post(target("spill"), wrong);
    EXPECT_EQ(code_of(refused), "bad_request");
    EXPECT_NE(refused.body.find("raison"), std::string::npos) << refused.body;
    EXPECT_EQ(it.state(0), "ready");
    it.nginx().expect_clean_log();
}

TEST_F(ApiBodyTest, ABodyThatComesSlowlyIsAwaited) {
    const std::string body = R"({"reason":"in three parts"})";
    auto exchange = it.client().begin({"POST", target("drain"), {}, {}}, body.size());
    for (std::size_t at = 0; at < body.size(); at += 9) {
        EXPECT_EQ(it.state(0), "ready");  // an answered request between the parts
        ASSERT_TRUE(exchange.send(body.substr(at, 9)));
    }
    EXPECT_TRUE(has_status(exchange.response(), 200));
    it.nginx().expect_clean_log();
}

TEST_F(ApiBodyTest, AClientThatLeavesWithinTheBodyCommandsNothing) {
    auto exchange = it.client().begin({"POST", target("drain"), {}, {}}, 100);
    ASSERT_TRUE(exchange.send(R"({"reason":"half)"));
    exchange.reset();
    EXPECT_EQ(it.state(0), "ready");
    it.nginx().expect_clean_log();
}

TEST_F(ApiBodyTest, NoBodyStandsForDefaults) {
    EXPECT_TRUE(has_status(it.drain(0, ""), 200));
    EXPECT_TRUE(has_status(it.ready(0, "{}"), 200));
    EXPECT_TRUE(has_status(it.drain(0, " \r\n"), 200));
    EXPECT_TRUE(has_status(post_chunked(target("drain", "ready"), "", 1), 200));
    // HTTP/1.0 without a Content-Length has no body at all.
    auto exchange = it.client().open();
    exchange.send("POST " + target("drain") + " HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(has_status(exchange.response(), 200));
    EXPECT_EQ(it.state(0), "drained");
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
