#include "runtime/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lbdrain::haproxy {
namespace {

using testing::ElementsAre;
using Row = std::vector<std::string>;

// All rows; "error" as the last one if the text is no CSV.
std::vector<Row> rows_of(std::string_view text) {
    CsvReader reader(text);
    std::vector<Row> rows;
    Row row{"left", "over", "from", "before"};
    for (;;) {
        const auto more = reader.next(row);
        if (!more) {
            EXPECT_EQ(more.error().code, ErrorCode::bad_reply);
            rows.push_back({"error"});
            return rows;
        }
        if (!*more) {
            return rows;
        }
        rows.push_back(row);
    }
}

TEST(Csv, ReadsRows) {
    EXPECT_THAT(rows_of("a,b\nc,d\n"), ElementsAre(Row{"a", "b"}, Row{"c", "d"}));
    EXPECT_THAT(rows_of("a,b\r\nc,d"), ElementsAre(Row{"a", "b"}, Row{"c", "d"}));
    EXPECT_THAT(rows_of("a,,\n"), ElementsAre(Row{"a", "", ""}));
    EXPECT_THAT(rows_of(","), ElementsAre(Row{"", ""}));
    EXPECT_THAT(rows_of("a,"), ElementsAre(Row{"a", ""}));
    EXPECT_THAT(rows_of("\n\na\n\n\r\n"), ElementsAre(Row{"a"}));
    EXPECT_THAT(rows_of(""), ElementsAre());
    EXPECT_THAT(rows_of("\n"), ElementsAre());
}

TEST(Csv, ReadsQuotes) {
    EXPECT_THAT(rows_of("\"via agent : up, ready\",\"say \"\"hi\"\"\"\n"),
                ElementsAre(Row{"via agent : up, ready", "say \"hi\""}));
    EXPECT_THAT(rows_of("\"\",\"a\nb\"\r\n\"\"\"\"\n"), ElementsAre(Row{"", "a\nb"}, Row{"\""}));
    EXPECT_THAT(rows_of("a\"b,c\n"), ElementsAre(Row{"a\"b", "c"}));
    EXPECT_THAT(rows_of("a\rb,c\r\n"), ElementsAre(Row{"a\rb", "c"}));
}

TEST(Csv, RefusesBrokenQuotes) {
    EXPECT_THAT(rows_of("a\n\"b\n"), ElementsAre(Row{"a"}, Row{"error"}));
    EXPECT_THAT(rows_of("\"a\"b,c\n"), ElementsAre(Row{"error"}));
    EXPECT_THAT(rows_of("\""), ElementsAre(Row{"error"}));
}

TEST(Csv, IsBounded) {
    EXPECT_EQ(rows_of(std::string(max_csv_columns - 1, ',')).at(0).size(), max_csv_columns);
    EXPECT_THAT(rows_of(std::string(max_csv_columns, ',')), ElementsAre(Row{"error"}));
}

TEST(Csv, FindsColumnsByName) {
    const CsvHeader header(Row{"# pxname", "svname", "scur"});
    EXPECT_EQ(header.find("pxname"), 0U);
    EXPECT_EQ(header.find("scur"), 2U);
    EXPECT_EQ(header.find("qcur"), std::nullopt);
    EXPECT_EQ(CsvHeader(Row{}).find("pxname"), std::nullopt);
}

}  // namespace
}  // namespace lbdrain::haproxy
