// An upstream whose peers are not known is left alone, serves as ever, and says why.
#include <gtest/gtest.h>

#include "drain_fixture.hpp"

namespace lbdrain::test {
namespace {

class ForeignBalancerTest : public testing::Test {
  protected:
    void configure(const std::string& more) {
        DrainSetup setup;
        setup.http += "upstream foreign { server " + it.address(0) + "; server " + it.address(1) +
                      "; foreign_balancer; " + more + " }\n";
        setup.locations = "location /foreign { proxy_pass http://foreign; }\n";
        it.configure(setup);
        auto options = it.nginx().options();
        options.modules.emplace_back(LBDRAIN_FOREIGN_MODULE);
        it.nginx().set_options(options);
    }

    DrainNginx it;
};

TEST_F(ForeignBalancerTest, IsLeftAlone) {
    configure("");
    ASSERT_TRUE(it.start());
    const auto services = it.status().at("services").as_array();
    ASSERT_EQ(services.size(), 2U);
    for (const auto& entry : services) {
        const auto& service = entry.as_object();
        const bool foreign = text_of(service, "name") == "foreign";
        EXPECT_EQ(service.at("managed").as_bool(), !foreign);
        EXPECT_EQ(text_of(service, "unmanaged_because").find("another module") != std::string::npos,
                  foreign);
    }
    const auto refused = it.client().post(DrainNginx::path(it.address(0), "drain", "foreign"));
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(code_of(refused), "unsupported_upstream");
    EXPECT_NE(refused.body.find("another module"), std::string::npos) << refused.body;

    ASSERT_TRUE(has_status(it.drain(0), 200)) << "the other upstream is managed";
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(it.client().get("/foreign?unary=1").header("X-Replica"), "r0");
        EXPECT_EQ(it.client().get("/?unary=1").header("X-Replica"), "r1");
    }
    EXPECT_NE(it.nginx().error_log().find("upstream \"foreign\" is left alone"), std::string::npos);
    it.nginx().expect_clean_log();
}

TEST_F(ForeignBalancerTest, WhoeverAsksForMoreIsToldAtOnce) {
    configure("drain_min_ready 1;");
    const auto result = it.nginx().test_config();
    EXPECT_EQ(result.status.code, 1);
    EXPECT_NE(result.err.find("upstream \"foreign\" cannot be managed: its balancing method comes "
                              "from another module"),
              std::string::npos)
        << result.err;
    EXPECT_NE(result.err.find("nginx.conf:"), std::string::npos);
    configure("drain off;");
    EXPECT_EQ(it.nginx().test_config().status.code, 0);
}

}  // namespace
}  // namespace lbdrain::test
