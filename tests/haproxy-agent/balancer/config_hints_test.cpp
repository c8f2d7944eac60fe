// What haproxy.cfg is warned about.
#include "balancer/config_hints.hpp"

#include <gmock/gmock.h>

#include "balancer/haproxy_balancer.hpp"
#include "haproxy.hpp"

namespace lbdrain::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ConfigHints, NothingToSayOfAPlainOne) {
    EXPECT_THAT(
        hints_in("global\n  daemon\ndefaults\n  load-server-state-from-file global\n", true),
        IsEmpty());
    EXPECT_THAT(hints_in("", false), IsEmpty());
}

TEST(ConfigHints, WhatCutsRequests) {
    EXPECT_THAT(hints_in("global\n\thard-stop-after 3s # soon\n", false),
                ElementsAre(HasSubstr("hard-stop-after 3s")));
    EXPECT_THAT(hints_in("mworker-max-reloads 5", false),
                ElementsAre(HasSubstr("mworker-max-reloads 5")));
    EXPECT_THAT(hints_in("  server s1 127.0.0.1:1 check on-marked-down shutdown-sessions\n", false),
                ElementsAre(HasSubstr("server s1")));
}

TEST(ConfigHints, CommentsAndHalfLinesSayNothing) {
    EXPECT_THAT(hints_in("# hard-stop-after 3s\nhard-stop-after\n server x on-marked-down", false),
                IsEmpty());
}

TEST(ConfigHints, ADrainThatAReloadForgets) {
    EXPECT_THAT(hints_in("defaults\n  mode http\n", true),
                ElementsAre(HasSubstr("load-server-state-from-file")));
    EXPECT_THAT(hints_in("defaults\n  load-server-state-from-file none\n", true),
                ElementsAre(HasSubstr("load-server-state-from-file")));
}

TEST(ConfigHints, ARealHaproxyNamesItsFiles) {
    test::HaproxyOptions options;
    options.global = "hard-stop-after 60s";
    options.proxies = "backend be\n    server s1 127.0.0.1:1\n";
    test::Haproxy haproxy(options);
    ASSERT_TRUE(haproxy.start());
    HaproxyConfig config;
    config.stats_socket = "unix:" + haproxy.stats_socket();
    config.master_socket = "unix:" + haproxy.master_socket();
    const auto balancer = HaproxyBalancer::make(config, 10'000, {{"be", "s1", "127.0.0.1:1"}});
    ASSERT_TRUE(balancer);
    const std::vector<Wanted> wanted(1);
    EXPECT_THAT((*balancer)->poll(wanted).warnings,
                testing::Contains(HasSubstr("hard-stop-after 60s")));
    // Of the configuration that runs, not of the one that was loaded first.
    options.global.clear();
    haproxy.set_options(options);
    ASSERT_TRUE(haproxy.reload());
    EXPECT_THAT((*balancer)->poll(wanted).warnings,
                testing::Not(testing::Contains(HasSubstr("hard-stop-after"))));
}

}  // namespace
}  // namespace lbdrain::agent
