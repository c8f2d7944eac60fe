// After "drained" was said no worker sends the server a request, whatever the balancing method;
// after `ready` it gets some again.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "drain_fixture.hpp"

namespace lbdrain::test {
namespace {

struct Method {
    const char* name;
    const char* line;
    bool zone = false;
    int keepalive = 0;
};

void PrintTo(const Method& method, std::ostream* out) {
    *out << method.name;
}

std::vector<Method> all_methods() {
    const std::pair<const char*, const char*> lines[] = {
        {"RoundRobin", ""},
        {"LeastConn", "least_conn;"},
        {"Hash", "hash $arg_k;"},
        {"ConsistentHash", "hash $arg_k consistent;"},
        {"IpHash", "ip_hash;"},
        {"Random", "random;"},
        {"RandomTwo", "random two least_conn;"},
    };
    std::vector<Method> methods;
    for (const auto& [name, line] : lines) {
        for (const bool zone : {false, true}) {
            for (const int keepalive : {0, 4}) {
                methods.push_back({name, line, zone, keepalive});
            }
        }
    }
    return methods;
}

// Where requests went. Each on a connection of its own, with a key of its own; many at a time, so
// that every worker gets its share.
struct Spread {
    int good = 0;
    std::map<std::string, int> by_replica;
    std::set<std::string> workers;
};

Spread send(const DrainNginx& it, int requests, const std::string& more = {}) {
    constexpr int at_a_time = 40;
    static int key = 0;
    Spread spread;
    while (requests > 0) {
        std::vector<HttpExchange> batch;
        for (int i = 0; i < at_a_time && requests > 0; ++i, --requests) {
            batch.push_back(it.client().open());
            const auto target = "/?unary=1&delay_ms=2&k=" + std::to_string(++key) + more;
            // ip_hash sees the address that realip was told.
            const auto client = "10." + std::to_string(key % 200) + ".7.1";
            batch.back().send_request({"GET", target, {{"X-Client", client}}, {}});
        }
        for (auto& exchange : batch) {
            const auto response = exchange.response();
            spread.good += response.status == 200 && response.whole ? 1 : 0;
            ++spread.by_replica[response.header("X-Replica")];
            spread.workers.insert(response.header("X-Worker"));
        }
    }
    return spread;
}

DrainSetup setup_for(const Method& method) {
    DrainSetup setup;
    setup.replicas = 3;
    setup.workers = 3;
    setup.listen = "reuseport";
    setup.http += "set_real_ip_from 127.0.0.1; real_ip_header X-Client;";
    setup.before = method.zone ? "zone up 256k;" : "";
    setup.before += method.line;
    if (method.keepalive > 0) {
        setup.after = "keepalive " + std::to_string(method.keepalive) + ";";
    }
    return setup;
}

class BalancerTest : public testing::TestWithParam<Method> {};

TEST_P(BalancerTest, DrainedServerGetsNothing) {
    DrainNginx it(setup_for(GetParam()));
    ASSERT_TRUE(it.start());
    const auto before = send(it, 120);
    EXPECT_EQ(before.good, 120);
    EXPECT_EQ(before.by_replica.size(), 3U) << "every server is used while all are ready";
    EXPECT_EQ(before.workers.size(), 3U);

    for (std::size_t i = 0; i < it.replicas(); ++i) {
        SCOPED_TRACE(i);
        ASSERT_TRUE(has_status(it.drain(i), 200));
        const auto seen = it.replica(i).counts().started;
        const auto during = send(it, 120);
        EXPECT_EQ(it.replica(i).counts().started, seen) << "a request to a drained server";
        EXPECT_EQ(during.good, 120);
        EXPECT_EQ(during.by_replica.size(), 2U);
        EXPECT_EQ(during.workers.size(), 3U) << "every worker was asked";
        ASSERT_TRUE(has_status(it.ready(i, R"({"check":false})"), 200));
    }
    const auto after = send(it, 120);
    EXPECT_EQ(after.good, 120);
    EXPECT_EQ(after.by_replica.size(), 3U) << "every server is used again";
    it.nginx().expect_clean_log();
}

TEST_P(BalancerTest, OneServerIsEnoughWhileTheOthersAreDrained) {
    DrainNginx it(setup_for(GetParam()));
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(has_status(it.drain(0), 200));
    ASSERT_TRUE(has_status(it.drain(2), 200));
    EXPECT_EQ(code_of(it.drain(1)), "last_ready_server");
    const auto only = send(it, 100);
    EXPECT_EQ(only.good, 100);
    EXPECT_EQ(only.by_replica, (std::map<std::string, int>{{"r1", 100}}));

    ASSERT_TRUE(has_status(it.ready(2), 200));
    ASSERT_TRUE(has_status(it.drain(1), 200));
    const auto moved = send(it, 100);
    EXPECT_EQ(moved.good, 100);
    EXPECT_EQ(moved.by_replica, (std::map<std::string, int>{{"r2", 100}}));
    it.nginx().expect_clean_log();
}

std::string name_of(const testing::TestParamInfo<Method>& info) {
    return std::string(info.param.name) + (info.param.zone ? "Zone" : "") +
           (info.param.keepalive > 0 ? "Keepalive" : "");
}

INSTANTIATE_TEST_SUITE_P(All, BalancerTest, testing::ValuesIn(all_methods()), name_of);

}  // namespace
}  // namespace lbdrain::test
