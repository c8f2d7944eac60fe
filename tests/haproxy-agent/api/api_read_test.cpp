// What the agent's API shows, and where: paths, methods, connections.
#include "api_fixture.hpp"

namespace lbdrain::agent::test {
namespace {

using testing::HasSubstr;

class AgentApiRead : public AgentApi {
  protected:
    HttpResponse request(const std::string& method, const std::string& target) {
        return client_.request({method, target, {}, {}});
    }
};

TEST_F(AgentApiRead, StatusTellsEverything) {
    const auto response = client_.get("/v1/status");
    ASSERT_TRUE(has_status(response, 200));
    EXPECT_EQ(response.header("Content-Type"), "application/json");
    EXPECT_EQ(response.header("Cache-Control"), "no-store");
    EXPECT_THAT(response.header("Date"), testing::EndsWith(" GMT"));
    const auto status = response.json().as_object();
    EXPECT_EQ(text_of(status, "program"), "drain-agent");
    EXPECT_EQ(status.at("services").at(0).at("servers").as_array().size(), 2U);
    EXPECT_TRUE(has_status(client_.get("/v1/status?pretty=1"), 200));
    EXPECT_TRUE(has_status(client_.get("http://localhost/v1/status"), 200));
}

TEST_F(AgentApiRead, MetricsAreText) {
    const auto response = client_.get("/metrics");
    ASSERT_TRUE(has_status(response, 200));
    EXPECT_EQ(response.header("Content-Type"), "text/plain; version=0.0.4");
    EXPECT_EQ(response.body, "# TYPE x gauge\nx 1\n");
}

TEST_F(AgentApiRead, UnknownPathsAreNamed) {
    const std::pair<std::string, std::string> expected[] = {
        {"/", "not_found"},
        {"/v1/", "not_found"},
        {"/v1/status/", "not_found"},
        {"/v2/status", "not_found"},
        {"/drain/v1/status", "not_found"},
        {"/v1/services", "not_found"},
        {"/v1/services/up", "not_found"},
        {"/v1/services/up/servers/", "not_found"},
        {"/v1/services//servers/x", "not_found"},
        {"http://localhost", "not_found"},
        {path("no"), "unknown_server"},
        {path("r0", {}, "no"), "unknown_service"},
        {path("r0", "dance"), "unknown_server"},
        {"/v1/services/%22%5c%0a%c3%28/servers/x", "unknown_service"},
    };
    for (const auto& [target, code] : expected) {
        const auto response = client_.get(target);
        EXPECT_EQ(response.status, 404) << target;
        EXPECT_EQ(code_of(response), code) << target;
        EXPECT_EQ(response.header("Content-Type"), "application/problem+json");
    }
    EXPECT_EQ(code_of(command("no", "drain")), "unknown_server");
    EXPECT_EQ(code_of(client_.post(path("r0", "drain", "no"))), "unknown_service");
}

TEST_F(AgentApiRead, NamesArePercentDecoded) {
    on_loop([&] { backend_.add("unix:/run/a b.sock"); });
    EXPECT_TRUE(has_status(client_.get(path("unix:%2Frun%2fa%20b.sock")), 200));
    EXPECT_TRUE(has_status(client_.get(path("unix:/run/a%20b.sock")), 200));
    EXPECT_TRUE(has_status(command("unix:%2Frun/a%20b.sock", "drain"), 200));
    EXPECT_EQ(state("unix:%2Frun/a%20b.sock"), "drained");
    for (const std::string broken : {"%", "%4", "%zz", "a%00b"}) {
        EXPECT_EQ(code_of(client_.get(path(broken))), "bad_request") << broken;
    }
}

TEST_F(AgentApiRead, OtherMethodsAreRefused) {
    for (const std::string method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"}) {
        for (const std::string& target : {path("r0"), std::string("/v1/status"),
                                          std::string("/v1/events"), std::string("/metrics")}) {
            const auto response = request(method, target);
            EXPECT_EQ(response.status, 405) << method;
            EXPECT_EQ(code_of(response), "method_not_allowed") << method;
            EXPECT_EQ(response.header("Allow"), "GET, HEAD");
        }
    }
    for (const std::string method : {"GET", "PUT", "DELETE"}) {
        EXPECT_EQ(request(method, path("r0", "drain")).header("Allow"), "POST") << method;
    }
    EXPECT_EQ(request("HEAD", path("r0", "drain")).status, 405);
    EXPECT_EQ(state("r0"), "ready");
}

TEST_F(AgentApiRead, HeadHasTheHeadersOnly) {
    for (const auto& target : {std::string("/v1/status"), path("r0"), std::string("/metrics")}) {
        const auto response = request("HEAD", target);
        EXPECT_TRUE(has_status(response, 200));
        EXPECT_EQ(response.header("Content-Length"),
                  std::to_string(client_.get(target).body.size()));
        EXPECT_EQ(response.body, "");
    }
    EXPECT_EQ(request("HEAD", "/v1/nothing").status, 404);
    EXPECT_TRUE(has_status(request("HEAD", "/v1/events"), 200));
}

TEST_F(AgentApiRead, OneConnectionTakesManyRequests) {
    auto exchange = client_.open();
    const auto head = [&](const std::string& method, const std::string& target,
                          const std::string& body = {}) {
        return method + " " + target +
               " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
    };
    // Pipelined: one write, answers in order.
    ASSERT_TRUE(exchange.send(head("POST", path("r0", "drain"), "{}") + head("GET", path("r0")) +
                              head("POST", path("r0", "nonsense"), "xx") +
                              head("POST", path("r0", "ready"), "{\"check\":false}") +
                              head("GET", path("r0"))));
    EXPECT_TRUE(has_status(exchange.response(), 200));
    EXPECT_EQ(text_of(exchange.response().json().as_object(), "state"), "drained");
    EXPECT_EQ(exchange.response().status, 405);
    EXPECT_TRUE(has_status(exchange.response(), 200));
    EXPECT_EQ(text_of(exchange.response().json().as_object(), "state"), "ready");
    // Kept alive: one after the other, waited for or not.
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(exchange.send(head("POST", path("r0", i % 2 == 0 ? "drain" : "ready"),
                                       i % 3 == 0 ? R"({"wait":false})" : "")));
        EXPECT_TRUE(has_status(exchange.response(), 200)) << i;
    }
}

TEST_F(AgentApiRead, OldClientsGetTheirConnectionClosed) {
    auto exchange = client_.open();
    exchange.send("GET /v1/status HTTP/1.0\r\n\r\n");
    const auto response = exchange.response();
    EXPECT_TRUE(has_status(response, 200));
    EXPECT_EQ(response.header("Connection"), "close");
    EXPECT_EQ(exchange.receive(), "");
    EXPECT_EQ(exchange.error(), "");
}

TEST_F(AgentApiRead, WhatTheBackendThrowsIsAnInternalProblem) {
    on_loop([&] { backend_.set_trap([] { throw std::bad_alloc(); }); });
    for (const std::string target : {"/v1/status", "/metrics"}) {
        EXPECT_EQ(code_of(client_.get(target)), "internal");
    }
    EXPECT_EQ(code_of(client_.get(path("r0"))), "internal");
    EXPECT_EQ(code_of(command("r0", "drain")), "internal");
    EXPECT_EQ(code_of(client_.get("/v1/events")), "internal");
    on_loop([&] { backend_.set_trap({}); });
    EXPECT_EQ(state("r0"), "ready");
    EXPECT_THAT(log(), HasSubstr("bad_alloc"));
}

}  // namespace
}  // namespace lbdrain::agent::test
