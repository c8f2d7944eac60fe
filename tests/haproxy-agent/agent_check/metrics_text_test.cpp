#include "agent_check/metrics_text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace lbdrain::agent_check {
namespace {

struct Read {
    std::vector<std::string> samples;
    std::string error;
};

Read read(std::string_view text) {
    Read result;
    const auto done = read_metrics(text, [&](const MetricSample& sample) {
        result.samples.push_back(std::string(sample.name) + "|" + std::string(sample.labels) + "|" +
                                 std::to_string(sample.value));
    });
    result.error = done ? "" : done.error();
    return result;
}

TEST(MetricsText, ReadsNamesLabelsAndValues) {
    const auto result = read(
        "# HELP a what\n# TYPE a gauge\na 1\n\nb:c_d9{x=\"y\"} 2.5e1\r\n"
        " e {l=\"}\\\"{\",m=\"\"}\t-3 1700000000000\nf +Inf\n");
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.samples,
              (std::vector<std::string>{"a||1.000000", "b:c_d9|x=\"y\"|25.000000",
                                        "e|l=\"}\\\"{\",m=\"\"|-3.000000", "f||inf"}));
}

TEST(MetricsText, KnowsNaN) {
    double value = 0;
    ASSERT_TRUE(read_metrics("a NaN\n", [&](const MetricSample& s) { value = s.value; }));
    EXPECT_TRUE(std::isnan(value));
}

TEST(MetricsText, RefusesWhatIsNoSample) {
    for (const auto* line :
         {"a", "a x", "1a 1", "a{ 1", "a{x=\"} 1", "a 1 2 3", "a 1 x", "a --1", "a nan", "a inf",
          "a 0x10", "a 1,5", "{} 1", "a{x=\"\\", "<html>", "a 1e999"}) {
        EXPECT_EQ(read("ok 1\n" + std::string(line) + "\n").error, "line 2 of the metrics is none")
            << line;
    }
}

TEST(MetricsText, RefusesWhatWasCutOff) {
    // 12 cut after its first digit is a wrong 1.
    EXPECT_EQ(read("a 1\nb 1").error, "the metrics are cut off in line 2");
    EXPECT_EQ(read("").error, "");
}

TEST(MetricsText, SurvivesAnyBytes) {
    std::mt19937 random(7);
    const std::string_view letters = "ab{}\"\\ \n\r\t#1.e+-:=,\xFF";
    for (int i = 0; i < 20000; ++i) {
        std::string text(random() % 40, '\0');
        for (char& c : text) {
            c = letters[random() % letters.size()];
        }
        static_cast<void>(read(text));
    }
}

}  // namespace
}  // namespace lbdrain::agent_check
