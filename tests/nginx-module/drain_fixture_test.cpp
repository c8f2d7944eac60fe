// The fixture itself, and the module's plainest promise.
#include <gtest/gtest.h>

#include "drain_fixture.hpp"

namespace lbdrain::test {
namespace {

TEST(DrainFixture, DrainsAndPutsBack) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    EXPECT_EQ(it.state(0), "ready");
    EXPECT_EQ(it.in_flight(0), 0);
    EXPECT_TRUE(has_status(it.client().get("/?unary=1"), 200));

    EXPECT_TRUE(has_status(it.drain(0), 200));
    EXPECT_EQ(it.state(0), "drained");
    EXPECT_EQ(code_of(it.drain(1)), "last_ready_server");
    EXPECT_TRUE(has_status(it.ready(0), 200));
    EXPECT_TRUE(it.wait_for_state(0, "ready"));
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
