#include "lbdrain/client/token_file.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "temp_dir.hpp"

namespace lbdrain::client {
namespace {

using testing::HasSubstr;

class TokenFile : public testing::Test {
  protected:
    std::string error_of(std::string_view text) const {
        const auto token = read_token(directory_.write("token", text).string());
        return token ? "read: " + *token : token.error();
    }
    test::TempDir directory_;
};

TEST_F(TokenFile, IsOneWord) {
    EXPECT_EQ(read_token(directory_.write("token", " abc.DEF-1~+/=\r\n").string()),
              "abc.DEF-1~+/=");
    EXPECT_EQ(read_token(directory_.write("token", "new").string()), "new");
}

TEST_F(TokenFile, NothingElseGetsIntoAHeader) {
    EXPECT_THAT(error_of(""), HasSubstr("is empty"));
    EXPECT_THAT(error_of(" \n"), HasSubstr("is empty"));
    EXPECT_THAT(error_of("a\r\nX-Evil: 1"), HasSubstr("one token"));
    EXPECT_THAT(error_of("two words"), HasSubstr("one token"));
    EXPECT_THAT(error_of(std::string("a\0b", 3)), HasSubstr("one token"));
    EXPECT_THAT(error_of("\xC3\xA4"), HasSubstr("one token"));
    EXPECT_THAT(error_of(std::string(5000, 'x')), HasSubstr("longer"));
}

TEST_F(TokenFile, OddFiles) {
    const std::string missing = directory_ / "missing";
    EXPECT_THAT(read_token(missing).error(), HasSubstr("missing: No such file"));
    EXPECT_THAT(read_token(directory_.path().string()).error(), HasSubstr("no regular file"));
    const std::string fifo = directory_ / "fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_THAT(read_token(fifo).error(), HasSubstr("no regular file"));
}

}  // namespace
}  // namespace lbdrain::client
