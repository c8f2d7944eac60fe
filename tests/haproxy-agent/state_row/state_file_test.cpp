#include "state_row/state_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "live_server.hpp"
#include "temp_dir.hpp"

namespace lbdrain::haproxy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class StateFileTest : public testing::Test {
  protected:
    std::string path() const { return (directory_ / "server-state").string(); }
    std::string text() const { return test::read_file(path()); }
    std::filesystem::file_time_type written_at() const {
        return std::filesystem::last_write_time(path());
    }
    ino_t inode() const {
        struct stat status {};
        return ::stat(path().c_str(), &status) == 0 ? status.st_ino : 0;
    }

    test::TempDir directory_;
    StateFile file_{path()};
    std::set<ServerName> ours_ = {{"be", "s1"}, {"be", "s2"}};
};

TEST_F(StateFileTest, IsMadeWithoutRowsAndReadableForHaproxy) {
    const mode_t before = ::umask(077);
    const auto view = file_.write(ours_, {});
    ::umask(before);
    ASSERT_TRUE(view) << view.error();
    EXPECT_TRUE(view->written);
    EXPECT_EQ(text(), format_state_text({}));
    EXPECT_EQ(std::filesystem::status(path()).permissions(), std::filesystem::perms(0644));
}

TEST_F(StateFileTest, HoldsWhatIsWantedAndNothingElseIsLeftBeside) {
    ASSERT_TRUE(file_.write(ours_, {row_of("s1")}));
    EXPECT_THAT(file_.read(ours_)->ours, ElementsAre(row_of("s1")));
    ASSERT_TRUE(file_.write(ours_, {row_of("s2")}));
    EXPECT_THAT(file_.read(ours_)->ours, ElementsAre(row_of("s2")));
    ASSERT_TRUE(file_.write(ours_, {}));
    EXPECT_THAT(file_.read(ours_)->ours, IsEmpty());
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1);
}

TEST_F(StateFileTest, IsWrittenOnlyWhenRowsChange) {
    ASSERT_TRUE(file_.write(ours_, {row_of("s1"), row_of("s2")})->written);
    const auto at = written_at();
    const auto file = inode();
    EXPECT_FALSE(file_.write(ours_, {row_of("s2"), row_of("s1")})->written);
    EXPECT_EQ(written_at(), at);
    EXPECT_EQ(inode(), file);
}

TEST_F(StateFileTest, ComesBackWhenSomebodyTakesItAway) {
    ASSERT_TRUE(file_.write(ours_, {row_of("s1")}));
    std::filesystem::remove(path());
    EXPECT_TRUE(file_.write(ours_, {row_of("s1")})->written);
    EXPECT_THAT(file_.read(ours_)->ours, ElementsAre(row_of("s1")));
    directory_.write("server-state", "");
    EXPECT_TRUE(file_.write(ours_, {row_of("s1")})->written);
    EXPECT_THAT(file_.read(ours_)->ours, ElementsAre(row_of("s1")));
}

TEST_F(StateFileTest, KeepsTheRowsOfOthersAndSaysSo) {
    directory_.write("server-state", "1\n# dumped\n" + row_of("theirs").line + "\n" +
                                         row_of("s1", OutState::maint).line + "\n");
    const auto view = file_.write(ours_, {row_of("s2")});
    ASSERT_TRUE(view);
    EXPECT_THAT(view->foreign, ElementsAre(row_of("theirs")));
    EXPECT_EQ(text(), format_state_text({row_of("theirs"), row_of("s2")}));
}

TEST_F(StateFileTest, ADumpOfOthersIsLeftAsItIsUnlessARowOfOursHasToChange) {
    const std::string dump = "1\n# dumped\n" + row_of("theirs").line + "\n";
    directory_.write("server-state", dump);
    EXPECT_FALSE(file_.write(ours_, {})->written);
    EXPECT_EQ(text(), dump);
}

TEST_F(StateFileTest, TakesOutALineThatWouldSpoilTheWholeFile) {
    directory_.write("server-state", "1\n3 be 1 short\n" + row_of("s1").line + "\n");
    const auto view = file_.write(ours_, {row_of("s1")});
    ASSERT_TRUE(view);
    EXPECT_TRUE(view->written);
    EXPECT_EQ(view->dropped.size(), 1U);
    EXPECT_EQ(text(), format_state_text({row_of("s1")}));
}

TEST_F(StateFileTest, LeavesAFileOfAnotherKindAlone) {
    directory_.write("server-state", "global\n    daemon\n");
    const auto view = file_.write(ours_, {row_of("s1")});
    ASSERT_FALSE(view);
    EXPECT_THAT(view.error(), testing::HasSubstr("is left alone"));
    EXPECT_EQ(text(), "global\n    daemon\n");
}

TEST_F(StateFileTest, SaysWhatIsInTheWay) {
    const StateFile nowhere((directory_ / "missing/server-state").string());
    EXPECT_THAT(nowhere.write(ours_, {row_of("s1")}).error(), testing::HasSubstr("No such file"));
    const StateFile folder(directory_.path().string());
    EXPECT_THAT(folder.write(ours_, {row_of("s1")}).error(),
                testing::HasSubstr("not a regular file"));
}

TEST_F(StateFileTest, IsNotStoppedByWhatAKilledAgentLeftBehind) {
    directory_.write("server-state.tmp", "half a ro");
    EXPECT_TRUE(file_.write(ours_, {row_of("s1")}));
    EXPECT_THAT(file_.read(ours_)->ours, ElementsAre(row_of("s1")));
}

}  // namespace
}  // namespace lbdrain::haproxy
