// The file itself: what is refused, what is made anew, who is found again.
#include <fcntl.h>

#include <cstring>
#include <fstream>

#include "state_fixture.hpp"

namespace lbdrain::test {
namespace {

using nginx::Extent;
using nginx::StateFile;

constexpr Extent extent{4, 3};

class StateFileTest : public StateTest {
  protected:
    // The file as a good one is, then changed.
    void make(const std::function<void(std::string&)>& change) {
        std::filesystem::remove(path());
        { const auto state = open(extent); }
        auto bytes = read_file(path());
        change(bytes);
        std::filesystem::remove(path());
        std::ofstream(path(), std::ios::binary) << bytes;
    }

    void expect_refused(const std::string& says, Extent wanted = extent) {
        const auto before = read_file(path());
        const auto opened = StateFile::open(path(), wanted, 1);
        ASSERT_FALSE(opened);
        EXPECT_NE(opened.error().find(says), std::string::npos) << opened.error();
        EXPECT_NE(opened.error().find(path()), std::string::npos) << opened.error();
        const auto checked = StateFile::check(path(), wanted);
        ASSERT_FALSE(checked) << "`nginx -t` finds it too";
        EXPECT_EQ(checked.error(), opened.error());
        EXPECT_TRUE(read_file(path()) == before) << "left as it was";
    }
};

TEST_F(StateFileTest, IsMadeWithItsDirectoryAndKept) {
    const auto place = (directory / "deeper" / "").string() + "state";
    EXPECT_TRUE(StateFile::check(place, extent));
    EXPECT_FALSE(std::filesystem::exists(directory / "deeper")) << "a look makes nothing";
    std::uint64_t instance = 0;
    {
        auto state = StateFile::open(place, extent, 1);
        ASSERT_TRUE(state) << state.error();
        instance = state->header().instance;
        ASSERT_EQ(state->enroll("up", "a:1", 1), 0U);
        Sequence sequence;
        sequence.state = ServerState::drained;
        state->commit(0, sequence);
    }
    const auto mode = std::filesystem::status(place).permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_TRUE(StateFile::check(place, extent));
    auto again = StateFile::open(place, extent, 1);
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(again->header().instance, instance);
    EXPECT_EQ(again->enroll("up", "a:1", 2), 0U);
    EXPECT_EQ(again->read(0).state, ServerState::drained);
}

TEST_F(StateFileTest, ManyMastersAtOnceMakeOne) {
    for (int round = 0; round < 20; ++round) {
        std::vector<std::unique_ptr<Worker>> masters;
        for (int i = 0; i < 6; ++i) {
            masters.push_back(std::make_unique<Worker>([&](const Worker::Line& line) {
                line.hear();
                auto state = StateFile::open(path(), extent, 1);
                const auto index =
                    state ? state->enroll("up", "a:1", 1)
                          : std::expected<std::uint32_t, std::string>(std::unexpected(""));
                line.say(index == 0U ? 'y' : 'n');
            }));
        }
        for (auto& master : masters) {
            master->say('g');
        }
        for (auto& master : masters) {
            ASSERT_EQ(master->hear(), 'y') << round;
        }
        std::filesystem::remove(path());
    }
}

TEST_F(StateFileTest, ForeignFilesAreRefused) {
    make([](std::string& bytes) { bytes[0] = 'X'; });
    expect_refused("is not a drain state file");
    make([](std::string& bytes) { bytes.resize(100); });
    expect_refused("is not a drain state file");
    make([](std::string& bytes) { bytes = "short"; });
    expect_refused("is not a drain state file");
}

TEST_F(StateFileTest, AnotherVersionIsRefused) {
    make([](std::string& bytes) { bytes[8] = static_cast<char>(bytes[8] + 1); });
    expect_refused("another version");
    make([](std::string& bytes) {
        bytes[offsetof(nginx::Header, entry_size)] =
            static_cast<char>(bytes[offsetof(nginx::Header, entry_size)] + 1);
    });
    expect_refused("another version");
}

TEST_F(StateFileTest, OtherSizesAreRefused) {
    { const auto state = open(extent); }
    expect_refused("has slots=4 servers=3, the configuration says slots=5 servers=3", {5, 3});
    expect_refused("has slots=4 servers=3, the configuration says slots=4 servers=2", {4, 2});
}

TEST_F(StateFileTest, ATruncatedFileIsRefused) {
    make([](std::string& bytes) { bytes.resize(bytes.size() - 1); });
    expect_refused("is damaged");
    make([](std::string& bytes) { bytes.resize(sizeof(nginx::Header)); });
    expect_refused("is damaged");
    make([](std::string& bytes) { bytes += "more"; });
    expect_refused("is damaged");
}

TEST_F(StateFileTest, OneThatWasNeverFinishedIsMadeAnew) {
    for (const std::size_t size : {std::size_t{0}, extent.size()}) {
        make([&](std::string& bytes) { bytes.assign(size, '\0'); });
        EXPECT_TRUE(StateFile::check(path(), extent));
        const auto state = StateFile::open(path(), extent, 1);
        ASSERT_TRUE(state) << state.error();
        EXPECT_EQ(state->header().magic, nginx::layout_magic);
        EXPECT_EQ(std::filesystem::file_size(path()), extent.size());
    }
}

TEST_F(StateFileTest, AFullFileSaysHowLargeItIs) {
    auto state = open(extent);
    for (std::uint32_t i = 0; i < 3; ++i) {
        EXPECT_EQ(state.enroll("up", "a:" + std::to_string(i), 1), i);
    }
    const auto fourth = state.enroll("up", "a:3", 1);
    ASSERT_FALSE(fourth);
    EXPECT_NE(fourth.error().find("servers=3 is too small"), std::string::npos) << fourth.error();
}

TEST_F(StateFileTest, AnEntryNobodyKnowsAnyMoreIsReused) {
    auto state = open(extent);
    const auto first = state.begin_generation().value();
    for (std::uint32_t i = 0; i < 3; ++i) {
        ASSERT_EQ(state.enroll("up", "a:" + std::to_string(i), first), i);
    }
    Sequence drained;
    drained.state = ServerState::drained;
    state.commit(1, drained);
    nginx::sync_rotation(state, 1);

    auto generation = first;
    Worker old([&](const Worker::Line& line) {
        line.say(state.claim_slot(first) ? 'c' : 'u');
        line.hear();
    });
    ASSERT_EQ(old.hear(), 'c');
    for (int i = 0; i < 3; ++i) {
        generation = state.begin_generation().value();
        ASSERT_EQ(state.enroll("up", "a:0", generation), 0U);
    }
    EXPECT_FALSE(state.enroll("up", "b:0", generation)) << "a worker of old still uses them";
    old.kill();
    EXPECT_EQ(state.enroll("up", "b:0", generation), 2U) << "not the one that is drained";
    EXPECT_EQ(state.read(2).state, ServerState::ready);
    EXPECT_FALSE(state.enroll("up", "b:1", generation));
    EXPECT_EQ(state.enroll("up", "a:1", generation), 1U) << "and that one is found again";
    EXPECT_EQ(state.read(1).state, ServerState::drained);
}

TEST_F(StateFileTest, AfterARebootTimesStartAnew) {
    {
        auto state = open(extent);
        ASSERT_EQ(state.enroll("up", "a:0", 1), 0U);
        Sequence sequence;
        sequence.state = ServerState::draining;
        sequence.goal = Goal::drained;
        sequence.id = 5;
        sequence.since = sequence.begun = 900'000'000;
        sequence.deadline = 900'060'000;
        sequence.policy.drain_timeout = 60'000;
        state.commit(0, sequence);
    }
    EXPECT_EQ(open(extent, Millis{777}).read(0).deadline, 900'060'000) << "no reboot, no change";
    {
        auto state = open(extent);
        state.header().boot_id[0] ^= 1;
    }
    auto state = open(extent, Millis{12'000});
    const Sequence after = state.read(0);
    EXPECT_EQ(after.state, ServerState::draining);
    EXPECT_EQ(after.id, 5U);
    EXPECT_EQ(after.since, 12'000);
    EXPECT_EQ(after.deadline, 72'000) << "the whole budget again";
    EXPECT_EQ(open(extent, Millis{999}).read(0).since, 12'000) << "once";
}

}  // namespace
}  // namespace lbdrain::test
