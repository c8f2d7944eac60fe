// The words and numbers that stand in shared files and in the API: never renumbered.
#include "lbdrain/server_state.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string_view>
#include <vector>

namespace lbdrain {
namespace {

template <class Enum>
std::vector<std::string_view> words() {
    std::vector<std::string_view> all;
    for (unsigned value = 0; to_string(static_cast<Enum>(value)) != "unknown"; ++value) {
        all.push_back(to_string(static_cast<Enum>(value)));
    }
    return all;
}

using Words = std::vector<std::string_view>;

TEST(ServerState, NumbersAndWordsAreFixed) {
    EXPECT_EQ(words<ServerState>(), (Words{"ready", "draining", "drained", "stopping", "stopped",
                                           "starting", "warming", "failed", "down"}));
    EXPECT_EQ(words<Goal>(), (Words{"none", "drained", "stopped", "ready", "restarted", "down"}));
    EXPECT_EQ(words<OnTimeout>(), (Words{"readmit", "stop", "wait"}));
    EXPECT_EQ(words<Outcome>(),
              (Words{"none", "reached", "drain_timeout", "stop_failed", "not_ready", "cancelled"}));
}

TEST(ServerState, DamagedValuesAreUnknownAndOutOfRotation) {
    for (std::size_t value = words<ServerState>().size(); value < 256; ++value) {
        EXPECT_EQ(to_string(static_cast<ServerState>(value)), "unknown");
        EXPECT_FALSE(in_rotation(static_cast<ServerState>(value)));
    }
    EXPECT_EQ(to_string(static_cast<Goal>(255)), "unknown");
    EXPECT_EQ(to_string(static_cast<OnTimeout>(255)), "unknown");
    EXPECT_EQ(to_string(static_cast<Outcome>(255)), "unknown");
}

TEST(ServerState, ReadyAndWarmingAreInRotationOnly) {
    for (std::size_t value = 0; value < words<ServerState>().size(); ++value) {
        const auto state = static_cast<ServerState>(value);
        EXPECT_EQ(in_rotation(state), state == ServerState::ready || state == ServerState::warming)
            << to_string(state);
    }
}

TEST(OnTimeout, IsReadBackExactly) {
    for (const auto policy : {OnTimeout::readmit, OnTimeout::stop, OnTimeout::wait}) {
        EXPECT_EQ(parse_on_timeout(to_string(policy)), policy);
    }
    for (const std::string_view text : {"", "Readmit", "stop ", "unknown", "none"}) {
        EXPECT_EQ(parse_on_timeout(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace lbdrain
