// The journal's directory: one owner, damaged files set aside, times made valid for this boot.
#include "journal/journal.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "full_record.hpp"
#include "temp_dir.hpp"

namespace lbdrain::agent::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Journal open(const TempDir& dir, std::string boot = "this-boot") {
    auto journal = Journal::open(dir.path(), std::move(boot));
    EXPECT_TRUE(journal) << journal.error();
    return std::move(*journal);
}

JournalContent load(const Journal& journal, Millis now = 1000) {
    auto content = journal.load(now);
    EXPECT_TRUE(content);
    return *std::move(content);
}

TEST(Journal, KeepsWhatWasSaved) {
    TempDir dir;
    ServerRecord record = full_record();
    {
        const Journal journal = open(dir);
        ASSERT_TRUE(journal.save(record));
        record.readmit = {"edge-9"};
        ASSERT_TRUE(journal.save(record));
        record.server = "gpu-b";
        ASSERT_TRUE(journal.save(record));
    }
    const JournalContent content = load(open(dir));
    EXPECT_THAT(content.damaged, IsEmpty());
    ASSERT_THAT(content.records, SizeIs(2));
    EXPECT_THAT(content.records[0].readmit, ElementsAre("edge-9"));
    EXPECT_THAT(content.records[1].readmit, ElementsAre("edge-9"));
    EXPECT_EQ(content.records[0].sequence.since, 12) << "the same boot, the same times";
    EXPECT_THAT(dir.files("servers"), ElementsAre("llm,gpu-a.json", "llm,gpu-b.json"));
}

TEST(Journal, MakesItsDirectory) {
    TempDir dir;
    const auto journal = Journal::open(dir.path() + "/a/b", "boot");
    ASSERT_TRUE(journal) << journal.error();
    EXPECT_TRUE(journal->save(full_record()));
    EXPECT_TRUE(std::filesystem::is_directory(
        std::filesystem::path(journal->run_file("llm", "gpu-a")).parent_path()));
}

TEST(Journal, IsForItsOwnerToRead) {
    TempDir dir;
    ASSERT_TRUE(open(dir).save(full_record()));
    struct stat file {};
    ASSERT_EQ(::stat((dir.path() + "/servers/llm,gpu-a.json").c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777U, 0600U);
}

TEST(Journal, HasOneOwner) {
    TempDir dir;
    {
        const Journal first = open(dir);
        const auto second = Journal::open(dir.path(), "this-boot");
        ASSERT_FALSE(second);
        EXPECT_THAT(second.error(), HasSubstr("another drain-agent"));
    }
    EXPECT_TRUE(Journal::open(dir.path(), "this-boot"));
}

// A child that the agent before had just forked when it was killed.
TEST(Journal, WaitsForWhatIsLeftOfTheAgentBefore) {
    TempDir dir;
    { const Journal before = open(dir); }
    const int lock = ::open((dir.path() + "/lock").c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_EQ(::flock(lock, LOCK_EX), 0);
    std::jthread child([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        ::close(lock);
    });
    EXPECT_TRUE(Journal::open(dir.path(), "this-boot"));
}

TEST(Journal, SaysWhyItCannotBeOpened) {
    TempDir dir;
    write_text(dir.path() + "/file", "");
    const auto journal = Journal::open(dir.path() + "/file", "boot");
    ASSERT_FALSE(journal);
    EXPECT_THAT(journal.error(), HasSubstr(dir.path() + "/file/servers"));
}

TEST(Journal, SetsDamagedFilesAsideWithTheReason) {
    TempDir dir;
    const Journal journal = open(dir);
    ASSERT_TRUE(journal.save(full_record()));
    const std::string servers = dir.path() + "/servers/";
    const std::string good = read_text(servers + "llm,gpu-a.json");
    write_text(servers + "llm,half.json", good.substr(0, good.size() / 2));
    write_text(servers + "llm,empty.json", "");
    write_text(servers + "llm,other.json", good);
    write_text(servers + "llm,big.json", std::string(70'000, ' '));
    std::filesystem::create_directory(servers + "llm,folder.json");
    std::string next = good;
    next.replace(next.find("\"version\":1"), 11, "\"version\":9");
    write_text(servers + "llm,next.json", next);
    write_text(servers + "llm,gpu-a.json.tmp", "half of the next one");
    write_text(servers + "notes.txt", "a person's");

    const JournalContent content = load(journal);
    ASSERT_THAT(content.records, SizeIs(1));
    EXPECT_EQ(content.records[0].server, "gpu-a");
    EXPECT_THAT(content.damaged,
                testing::UnorderedElementsAre(
                    HasSubstr("llm,half.json: not JSON"), HasSubstr("llm,empty.json: not JSON"),
                    HasSubstr("it names another server"), HasSubstr("too large"),
                    HasSubstr("llm,folder.json"), HasSubstr("another version")));
    EXPECT_THAT(load(journal).damaged, IsEmpty()) << "said once";
    EXPECT_EQ(read_text(servers + "llm,other.json.damaged"), good) << "kept for a person";
    EXPECT_EQ(read_text(servers + "notes.txt"), "a person's");
}

TEST(Journal, AnotherBootBeginsTimeLimitsAnew) {
    TempDir dir;
    ServerRecord record = full_record();
    record.sequence.policy.drain_timeout = 60'000;
    ASSERT_TRUE(open(dir, "boot-1").save(record));
    const JournalContent same = load(open(dir, "boot-1"), 500);
    EXPECT_EQ(same.records.at(0).sequence.deadline, record.sequence.deadline);
    const JournalContent other = load(open(dir, "boot-2"), 500);
    const Sequence& sequence = other.records.at(0).sequence;
    EXPECT_EQ(sequence.since, 500);
    EXPECT_EQ(sequence.deadline, 60'500);
    EXPECT_EQ(sequence.run_since, 500);
    EXPECT_EQ(sequence.zero_since, -1);
    EXPECT_FALSE(sequence.overdue);
    EXPECT_EQ(sequence.run, record.sequence.run);
}

TEST(Journal, KnowsThisMachinesBoot) {
    TempDir dir;
    ASSERT_TRUE(open(dir, "").save(full_record()));
    EXPECT_EQ(load(open(dir, ""), 500).records.at(0).sequence.since, 12);
}

TEST(Journal, AFailedSaveLeavesTheFormerContent) {
    TempDir dir;
    const Journal journal = open(dir);
    ASSERT_TRUE(journal.save(full_record()));
    // In the way of the temporary file, for root too.
    std::filesystem::create_directory(dir.path() + "/servers/llm,gpu-a.json.tmp");
    ServerRecord record = full_record();
    record.readmit.clear();
    const auto saved = journal.save(record);
    ASSERT_FALSE(saved);
    EXPECT_THAT(saved.error(), HasSubstr("llm,gpu-a.json.tmp"));
    EXPECT_EQ(load(journal).records.at(0).readmit, full_record().readmit);
}

}  // namespace
}  // namespace lbdrain::agent::test
