// What the drain API shows, and where: paths, methods, connections.
#include <gtest/gtest.h>

#include <regex>

#include "drain_fixture.hpp"

namespace lbdrain::test {
namespace {

class ApiReadTest : public testing::Test {
  protected:
    static DrainSetup setup() {
        DrainSetup setup;
        setup.http += "upstream off { server 127.0.0.1:1; drain off; }\n";
        setup.locations =
            "location /apis/v1/drain/ { drain_api write=on; }\n"
            "location /off { proxy_pass http://off; }\n"
            "location /implicit { proxy_pass http://127.0.0.1:1; }\n";
        return setup;
    }

    void SetUp() override { ASSERT_TRUE(it.start()); }

    HttpResponse request(const std::string& method, const std::string& target) {
        return it.client().request({method, target, {}, {}});
    }

    const boost::json::object* service(const boost::json::object& status, const std::string& name) {
        for (const auto& entry : status.at("services").as_array()) {
            if (text_of(entry.as_object(), "name") == name) {
                return &entry.as_object();
            }
        }
        return nullptr;
    }

    DrainNginx it{setup()};
};

TEST_F(ApiReadTest, StatusTellsEverything) {
    const auto response = it.client().get("/drain/v1/status");
    ASSERT_TRUE(has_status(response, 200));
    EXPECT_EQ(response.header("Content-Type"), "application/json");
    EXPECT_EQ(response.header("Cache-Control"), "no-store");
    EXPECT_EQ(response.body.back(), '\n');
    const auto status = response.json().as_object();
    EXPECT_EQ(text_of(status, "program"), "ngx_http_drain_module");
    EXPECT_EQ(text_of(status, "api"), "v1");
    EXPECT_TRUE(text_of(status, "balancer").starts_with("nginx/"));
    EXPECT_TRUE(status.at("writable").as_bool());
    EXPECT_EQ(status.at("workers").to_number<int>(), 2);

    const auto* up = service(status, "up");
    ASSERT_NE(up, nullptr);
    EXPECT_TRUE(up->at("managed").as_bool());
    ASSERT_EQ(up->at("servers").as_array().size(), 2U);
    const auto& server = up->at("servers").as_array()[0].as_object();
    EXPECT_EQ(text_of(server, "name"), it.address(0));
    EXPECT_EQ(text_of(server, "state"), "ready");
    EXPECT_TRUE(server.at("sequence").is_null());
    EXPECT_TRUE(server.at("last").is_null());
    EXPECT_TRUE(server.at("since").is_null()) << "it never changed";
}

TEST_F(ApiReadTest, StatusTellsWhatIsLeftAloneAndWhy) {
    const auto status = it.status();
    const auto* off = service(status, "off");
    ASSERT_NE(off, nullptr);
    EXPECT_FALSE(off->at("managed").as_bool());
    EXPECT_NE(text_of(*off, "unmanaged_because").find("drain off"), std::string::npos);
    const auto* implicit = service(status, "127.0.0.1:1");
    if (implicit == nullptr) {
        implicit = service(status, "127.0.0.1");
    }
    ASSERT_NE(implicit, nullptr) << boost::json::serialize(status);
    EXPECT_NE(text_of(*implicit, "unmanaged_because").find("implicit"), std::string::npos);
    EXPECT_EQ(code_of(it.client().post(DrainNginx::path("127.0.0.1:1", "drain", "off"))),
              "unsupported_upstream");
    EXPECT_EQ(code_of(it.client().get(DrainNginx::path("127.0.0.1:1", {}, "off"))),
              "unsupported_upstream");
}

TEST_F(ApiReadTest, AServerAfterADrainTellsItsPast) {
    ASSERT_TRUE(has_status(it.drain(0, R"({"by":"ann","reason":"new driver"})"), 200));
    const auto server = it.server(0);
    EXPECT_EQ(text_of(server, "state"), "drained");
    const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)");
    EXPECT_TRUE(std::regex_match(text_of(server, "since"), time)) << text_of(server, "since");
    const auto& last = server.at("last").as_object();
    EXPECT_EQ(text_of(last, "goal"), "drained");
    EXPECT_EQ(text_of(last, "outcome"), "reached");
    EXPECT_TRUE(it.nginx().wait_for_log("drain by ann: new driver"));
}

TEST_F(ApiReadTest, UnknownPathsAreNamed) {
    const std::pair<std::string, std::string> expected[] = {
        {"/drain/", "not_found"},
        {"/drain/v1/", "not_found"},
        {"/drain/v1/status/", "not_found"},
        {"/drain/v2/status", "not_found"},
        {"/drain/v1/services", "not_found"},
        {"/drain/v1/services/up", "not_found"},
        {"/drain/v1/services/up/servers/", "not_found"},
        {"/drain/v1/services//servers/x", "not_found"},
        {DrainNginx::path("127.0.0.1:9", {}, "up"), "unknown_server"},
        {DrainNginx::path(it.address(0), {}, "nope"), "unknown_service"},
        {DrainNginx::path(it.address(0), "dance"), "unknown_server"},
    };
    for (const auto& [target, code] : expected) {
        const auto response = it.client().get(target);
        EXPECT_EQ(response.status, 404) << target;
        EXPECT_EQ(code_of(response), code) << target;
        EXPECT_EQ(response.header("Content-Type"), "application/problem+json");
    }
    EXPECT_EQ(code_of(it.client().post(DrainNginx::path("no", "drain"))), "unknown_server");
    EXPECT_EQ(code_of(it.client().post(DrainNginx::path(it.address(0), "drain", "no"))),
              "unknown_service");
}

TEST_F(ApiReadTest, TheLocationMayHoldAVersionOfItsOwn) {
    EXPECT_TRUE(has_status(it.client().get("/apis/v1/drain/v1/status"), 200));
    const auto server = "/apis/v1" + DrainNginx::path(it.address(0));
    EXPECT_TRUE(has_status(it.client().get(server), 200));
    EXPECT_TRUE(has_status(it.client().post(server + "/drain"), 200));
    EXPECT_EQ(it.state(0), "drained");
    EXPECT_EQ(code_of(it.client().get("/apis/v1/drain/v2/status")), "not_found");
}

TEST_F(ApiReadTest, OtherMethodsAreRefused) {
    const auto server = DrainNginx::path(it.address(0));
    for (const std::string method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
        const auto response = request(method, server);
        EXPECT_EQ(response.status, 405) << method;
        EXPECT_EQ(code_of(response), "method_not_allowed") << method;
        EXPECT_EQ(request(method, "/drain/v1/status").status, 405) << method;
    }
    for (const std::string method : {"GET", "HEAD", "PUT", "DELETE"}) {
        EXPECT_EQ(request(method, server + "/drain").status, 405) << method;
    }
    EXPECT_EQ(it.state(0), "ready");
}

TEST_F(ApiReadTest, HeadHasTheHeadersOnly) {
    for (const auto& target : {std::string("/drain/v1/status"), DrainNginx::path(it.address(0))}) {
        const auto response = request("HEAD", target);
        EXPECT_TRUE(has_status(response, 200));
        EXPECT_EQ(response.header("Content-Type"), "application/json");
        EXPECT_GT(std::stoi(response.header("Content-Length")), 10);
        EXPECT_EQ(response.body, "");
    }
    EXPECT_EQ(request("HEAD", "/drain/v1/nothing").status, 404);
}

TEST_F(ApiReadTest, AReadOnlyLocationReadsOnly) {
    const auto status = it.client().get("/look/v1/status");
    ASSERT_TRUE(has_status(status, 200));
    EXPECT_FALSE(status.json().as_object().at("writable").as_bool());
    auto target = DrainNginx::path(it.address(0), "drain");
    target.replace(0, 6, "/look");
    for (const std::string body : {"", "{}", R"({"force":true,"reason":"x"})"}) {
        const auto refused = it.client().post(target, body);
        EXPECT_EQ(refused.status, 403);
        EXPECT_EQ(code_of(refused), "read_only");
    }
    EXPECT_EQ(it.state(0), "ready");
}

TEST_F(ApiReadTest, OneConnectionTakesManyRequests) {
    auto exchange = it.client().open();
    const auto head = [&](const std::string& method, const std::string& target,
                          const std::string& body = {}) {
        return method + " " + target +
               " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
    };
    const auto server = DrainNginx::path(it.address(0));
    // Pipelined: one write, answers in order.
    ASSERT_TRUE(exchange.send(head("POST", server + "/drain", "{}") + head("GET", server) +
                              head("POST", server + "/nonsense", "xx") +
                              head("POST", server + "/ready", "{\"check\":false}") +
                              head("GET", server)));
    EXPECT_TRUE(has_status(exchange.response(), 200));
    EXPECT_EQ(text_of(exchange.response().json().as_object(), "state"), "drained");
    EXPECT_EQ(exchange.response().status, 405);
    EXPECT_TRUE(has_status(exchange.response(), 200));
    EXPECT_EQ(text_of(exchange.response().json().as_object(), "state"), "ready");
    // Kept alive: one after the other.
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(exchange.send(head("POST", server + (i % 2 == 0 ? "/drain" : "/ready"))));
        EXPECT_TRUE(has_status(exchange.response(), 200)) << i;
    }
    it.nginx().expect_clean_log();
}

TEST_F(ApiReadTest, GarbageHarmsNobody) {
    const std::string server = DrainNginx::path(it.address(0), "drain");
    const std::string garbage[] = {
        "\r\n\r\n",
        std::string("\0\1\2\3\xFF\xFE", 6) + "\r\n\r\n",
        "POST " + server + "\r\n\r\n",
        "POST " + server + " HTTP/1.1\r\nHost: x\r\nContent-Length: -4\r\n\r\n{}",
        "POST " + server + " HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n{\"",
        "POST " + server +
            " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "POST /drain/v1/services/%00/servers/%ff%fe/drain HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /drain/v1/services/" + std::string(3000, 'a') +
            "/servers/b/drain HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /drain/v1/services/%22%5c%0a%c3%28/servers/x HTTP/1.1\r\nHost: x\r\n\r\n",
    };
    for (const auto& bytes : garbage) {
        auto exchange = it.client().open();
        exchange.send(bytes);
        exchange.close();
    }
    const auto odd = it.client().get("/drain/v1/services/%22%5c%0a%c3%28/servers/x");
    EXPECT_EQ(code_of(odd), "unknown_service") << "the answer is JSON whatever the name was";
    EXPECT_EQ(it.state(0), "ready");
    EXPECT_EQ(it.status().at("workers").to_number<int>(), 2);
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
