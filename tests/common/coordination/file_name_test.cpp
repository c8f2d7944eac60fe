#include "file_name.hpp"

#include <gtest/gtest.h>

namespace lbdrain {
namespace {

TEST(FileName, KeepsPlainNames) {
    EXPECT_EQ(encode_file_name("vllm-70b_A"), "vllm-70b_A");
}

TEST(FileName, NeverLeavesItsDirectory) {
    EXPECT_EQ(encode_file_name("../../etc/passwd"), "%2E%2E%2F%2E%2E%2Fetc%2Fpasswd");
    EXPECT_EQ(encode_file_name("."), "%2E");
    EXPECT_EQ(encode_file_name(std::string_view("a\0b", 3)), "a%00b");
    EXPECT_EQ(encode_file_name("\xFF%"), "%FF%25");
}

TEST(FileName, RefusesWhatCannotBeOne) {
    EXPECT_EQ(encode_file_name(""), std::nullopt);
    EXPECT_TRUE(encode_file_name(std::string(220, 'a')));
    EXPECT_EQ(encode_file_name(std::string(221, 'a')), std::nullopt);
    EXPECT_EQ(encode_file_name(std::string(80, '/')), std::nullopt);
}

}  // namespace
}  // namespace lbdrain
