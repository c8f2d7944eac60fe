// Kill -9 of a writer at any moment: what is read afterwards is whole, and no older than what the
// writer was told is durable.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "full_record.hpp"
#include "journal/journal.hpp"
#include "temp_dir.hpp"

namespace lbdrain::agent::test {
namespace {

// Saves records that differ in every text, and tells the number of each one that is durable.
[[noreturn]] void write_for_ever(const std::string& directory, int told) {
    const auto journal = Journal::open(directory, "boot");
    if (!journal) {
        ::_exit(1);
    }
    ServerRecord record = full_record();
    for (std::uint64_t number = 1;; ++number) {
        record.sequence.cut = number;
        record.sequence.reason.assign(std::string(number % 190, 'x'));
        if (!journal->save(record) || ::write(told, &number, sizeof(number)) != sizeof(number)) {
            ::_exit(1);
        }
    }
}

TEST(JournalCrash, NeverLeavesHalfARecord) {
    TempDir dir;
    for (unsigned round = 0; round < 60; ++round) {
        int told[2];
        ASSERT_EQ(::pipe(told), 0);
        const pid_t writer = ::fork();
        ASSERT_GE(writer, 0);
        if (writer == 0) {
            ::close(told[0]);
            write_for_ever(dir.path(), told[1]);
        }
        ::close(told[1]);
        // A different moment every time: after so many saves, and a little more.
        std::uint64_t last = 0;
        for (unsigned i = 0; i <= round % 7; ++i) {
            ASSERT_EQ(::read(told[0], &last, sizeof(last)), static_cast<ssize_t>(sizeof(last)));
        }
        for (std::atomic<unsigned> spin = 0; spin < round * 5'000; ++spin) {
        }
        ASSERT_EQ(::kill(writer, SIGKILL), 0);
        ASSERT_EQ(::waitpid(writer, nullptr, 0), writer);
        for (std::uint64_t more = 0; ::read(told[0], &more, sizeof(more)) == sizeof(more);) {
            last = more;
        }
        ::close(told[0]);

        const auto journal = Journal::open(dir.path(), "boot");
        ASSERT_TRUE(journal) << journal.error() << ": the lock goes with its process";
        const auto content = journal->load(0);
        ASSERT_TRUE(content);
        ASSERT_THAT(content->damaged, testing::IsEmpty());
        ASSERT_THAT(content->records, testing::SizeIs(1));
        const Sequence& sequence = content->records[0].sequence;
        EXPECT_GE(sequence.cut, last);
        EXPECT_LE(sequence.cut, last + 1);
        EXPECT_EQ(sequence.reason.view().size(), sequence.cut % 190);
    }
}

}  // namespace
}  // namespace lbdrain::agent::test
