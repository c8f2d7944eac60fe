// Damaged files and directories that cannot be used: told, by name, and never taken for something
// they are not.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "child.hpp"
#include "lbdrain/coordination/local_coordinator.hpp"
#include "temp_dir.hpp"

namespace lbdrain::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = CoordinationError::Kind;

class Damage : public testing::Test {
  protected:
    Coordinated<PermitAnswer> take(const std::string& server) {
        return coordinator_.take_permit({.service = "vllm",
                                         .server = server,
                                         .holder = holder("x"),
                                         .max_unavailable = 1,
                                         .seen_ready = {}});
    }

    TempDir dir_;
    std::vector<std::string> warnings_;
    LocalCoordinator coordinator_{dir_.path().string(),
                                  [this](const std::string& text) { warnings_.push_back(text); }};
};

TEST_F(Damage, OfPermitsIsToldAndSetAside) {
    for (const char* text :
         {"", "{", "[]", R"({"version":1})", R"({"version":2,"permits":[]})",
          R"({"version":1,"permits":[{"server":"a"}]})", R"({"version":1,"permits":[7]})"}) {
        warnings_.clear();
        dir_.write("vllm.permits.json", text);
        const auto held = coordinator_.permits("vllm");
        ASSERT_TRUE(held);
        EXPECT_THAT(*held, IsEmpty());
        EXPECT_THAT(warnings_, ElementsAre(AllOf(HasSubstr("vllm.permits.json\" is damaged"),
                                                 HasSubstr("taken as empty"))));
        EXPECT_EQ(read_file(dir_ / "vllm.permits.json"), text) << "a look changes nothing";

        warnings_.clear();
        ASSERT_TRUE(take("a")->granted);
        EXPECT_THAT(warnings_, ElementsAre(HasSubstr("kept as")));
        EXPECT_EQ(read_file(dir_ / "vllm.permits.json.damaged"), text);
        EXPECT_FALSE(take("b")->granted);
        ASSERT_TRUE(coordinator_.release_permit("vllm", "a"));
    }
}

TEST_F(Damage, OfPermitsNamesWhatIsWrong) {
    const std::string permit = R"({"server":"a","id":"1","session":1,"holder":)"
                               R"({"user":"u","host":"h","pid":1,"since_unix_ms":1,"why":""}})";
    dir_.write("vllm.permits.json", R"({"version":1,"permits":[)" + permit + "," + permit + "]}");
    EXPECT_TRUE(coordinator_.permits("vllm"));
    EXPECT_THAT(warnings_, ElementsAre(HasSubstr("\"a\" is in it twice")));
    dir_.write("vllm.permits.json", R"({"version":1,"permits":[{"server":"a","id":5}]})");
    EXPECT_TRUE(coordinator_.permits("vllm"));
    EXPECT_THAT(warnings_.back(), HasSubstr("\"permits[0].id\" is not a text"));
}

TEST_F(Damage, OfALockMakesItsHolderStop) {
    const auto lease = std::move(coordinator_.acquire_lock("vllm", holder("first"))->lease);
    dir_.write("vllm.lock.json", "{\"version\":1");
    EXPECT_TRUE(lease->lost());
    EXPECT_TRUE(coordinator_.acquire_lock("vllm", holder("second"))->lease);
    EXPECT_THAT(warnings_.back(), HasSubstr("vllm.lock.json"));
}

TEST_F(Damage, AFileTooLargeIsRefused) {
    dir_.write("vllm.permits.json", std::string((1U << 20U) + 1, ' '));
    const auto held = coordinator_.permits("vllm");
    ASSERT_FALSE(held);
    EXPECT_THAT(held.error().text, HasSubstr("vllm.permits.json"));
}

TEST(Unusable, ADirectoryBelowAFile) {
    TempDir dir;
    dir.write("file", "");
    LocalCoordinator coordinator((dir / "file" / "locks").string());
    const auto taken = coordinator.acquire_lock("vllm", holder("x"));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().kind, Kind::unavailable);
    EXPECT_THAT(taken.error().text, AllOf(HasSubstr("file/locks"), HasSubstr("choose another")));
    EXPECT_FALSE(coordinator.permits("vllm")) << "what cannot be read is not empty";
    EXPECT_FALSE(coordinator.load_journal("vllm"));
}

TEST(Unusable, ADirectoryWithoutAName) {
    LocalCoordinator coordinator("");
    EXPECT_EQ(coordinator.acquire_lock("vllm", holder("x")).error().kind, Kind::bad_argument);
}

TEST(Unusable, AMissingDirectoryIsEmptyUntilTheFirstChange) {
    TempDir dir;
    LocalCoordinator coordinator((dir / "a" / "b").string());
    EXPECT_THAT(*coordinator.permits("vllm"), IsEmpty());
    EXPECT_EQ(*coordinator.lock_holder("vllm"), std::nullopt);
    EXPECT_FALSE(std::filesystem::exists(dir / "a"));
    EXPECT_TRUE(coordinator.acquire_lock("vllm", holder("x"))->lease);
}

// In a child that gave up root's rights, so that it is tested wherever the tests run.
TEST(Unusable, ADirectoryThatMayOnlyBeRead) {
    if (::getuid() != 0) {
        GTEST_SKIP() << "needs root, to be another user";
    }
    TempDir dir;
    ASSERT_EQ(::chmod(dir.path().c_str(), 0755), 0);
    LocalCoordinator root(dir.path());
    // Released at the end: the child shares this session all along.
    const auto lease = std::move(root.acquire_lock("vllm", holder("root"))->lease);
    Child child([&] {
        if (::setuid(65534) != 0) {
            return std::string("setuid");
        }
        LocalCoordinator nobody(dir.path());
        const auto shown = nobody.lock_holder("vllm");
        const auto refused = nobody.take_permit(
            {.service = "other", .server = "a", .holder = holder("nobody"), .seen_ready = {}});
        return shown && *shown && (*shown)->alive && !refused ? refused.error().text
                                                              : std::string("wrong");
    });
    EXPECT_THAT(child.told(), AllOf(HasSubstr("other.guard\": Permission denied"),
                                    HasSubstr("run it as a user who may")));
}

TEST(Usable, ByUsersWhoShareAGroup) {
    if (::getuid() != 0) {
        GTEST_SKIP() << "needs root, to be other users";
    }
    TempDir dir;
    ASSERT_EQ(::chown(dir.path().c_str(), 0, 4711), 0);
    ASSERT_EQ(::chmod(dir.path().c_str(), 02770), 0);
    std::unique_ptr<Lease> lease;  // dies with each child, which leaves its lock behind
    for (const uid_t user : {uid_t{0}, uid_t{4001}, uid_t{4002}}) {
        Child child([&] {
            if (::setgid(4711) != 0 || ::setuid(user) != 0) {
                return std::string("setuid");
            }
            LocalCoordinator coordinator(dir.path());
            const auto taken = coordinator.take_permit(
                {.service = "vllm", .server = "a", .holder = holder("x"), .seen_ready = {}});
            auto locked = coordinator.acquire_lock("vllm", holder("x"));
            if (!taken || !locked || !locked->lease) {
                return std::string("refused");
            }
            lease = std::move(locked->lease);
            const auto saved = lease->save_journal("text");
            return saved ? std::string("good") : saved.error().text;
        });
        EXPECT_EQ(child.told(), "good") << user;
    }
}

}  // namespace
}  // namespace lbdrain::test
