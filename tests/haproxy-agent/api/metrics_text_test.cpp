// Prometheus' text format: what is written, and that promtool, where it is installed, and a reader
// of the grammar have nothing to say about it.
#include "api/metrics_text.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cstdlib>
#include <limits>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "temp_dir.hpp"

namespace lbdrain::agent::test {
namespace {

using lbdrain::test::TempDir;
using testing::HasSubstr;
using Type = MetricsText::Type;

// All that the agent writes, with a name that needs escaping.
std::string everything() {
    MetricsText out;
    const std::string odd = "a \"quoted\" \\ name\nin two lines \xFF";
    out.family("lbdrain_server_state", Type::gauge, "1 for the state that the server is in.");
    for (const std::string_view state : {"ready", "draining"}) {
        out.sample({{"service", "vllm"}, {"server", odd}, {"state", state}},
                   std::uint64_t{state == "ready" ? 1U : 0U});
    }
    out.family("lbdrain_in_flight", Type::gauge, "Requests in flight, \\ and\nqueued.");
    out.sample({{"service", "vllm"}, {"server", odd}}, std::uint64_t{3});
    out.family("lbdrain_drains_total", Type::counter, "Drains that ended.");
    out.sample({{"service", "vllm"}, {"server", "gpu-a"}, {"result", "reached"}},
               std::numeric_limits<std::uint64_t>::max());
    out.family("lbdrain_drain_seconds", Type::histogram, "How long drains took.");
    const std::array bounds{0.1, 1.0, 60.0};
    const std::array<std::uint64_t, 4> counts{1, 0, 2, 3};
    out.histogram({{"service", "vllm"}, {"server", "gpu-a"}}, bounds, counts, 181.25);
    out.histogram({{"service", "vllm"}, {"server", "gpu-b"}}, bounds, counts, 0);
    out.family("lbdrain_hook_runs_total", Type::counter, "Runs of hooks that ended.");
    out.sample({{"service", "vllm"}, {"server", "gpu-a"}, {"hook", "stop"}, {"result", "ok"}},
               std::uint64_t{0});
    add_process_metrics(out);
    return out.text();
}

TEST(MetricsText, WritesWhatItIsTold) {
    MetricsText out;
    out.family("a_total", Type::counter, "Help \\ with\nlines.");
    out.sample({}, std::uint64_t{7});
    out.sample({{"x", "1"}, {"y", "\"\\\n\xFF"}}, 0.25);
    EXPECT_EQ(out.text(),
              "# HELP a_total Help \\\\ with\\nlines.\n# TYPE a_total counter\na_total 7\n"
              "a_total{x=\"1\",y=\"\\\"\\\\\\n\xEF\xBF\xBD\"} 0.25\n");
}

TEST(MetricsText, BucketsAreCumulative) {
    MetricsText out;
    out.family("s", Type::histogram, "S.");
    const std::array bounds{0.5, 5.0};
    const std::array<std::uint64_t, 3> counts{2, 0, 1};
    out.histogram({{"x", "1"}}, bounds, counts, 10.5);
    EXPECT_EQ(out.text(),
              "# HELP s S.\n# TYPE s histogram\n"
              "s_bucket{x=\"1\",le=\"0.5\"} 2\ns_bucket{x=\"1\",le=\"5\"} 2\n"
              "s_bucket{x=\"1\",le=\"+Inf\"} 3\ns_sum{x=\"1\"} 10.5\ns_count{x=\"1\"} 3\n");
}

TEST(MetricsText, OddNumbers) {
    MetricsText out;
    out.family("x", Type::gauge, "X.");
    out.sample({}, std::numeric_limits<double>::quiet_NaN());
    out.sample({}, -std::numeric_limits<double>::infinity());
    out.sample({}, 1e300);
    out.sample({}, 1763844039.25);
    EXPECT_THAT(out.text(), testing::EndsWith("x NaN\nx -Inf\nx 1e+300\nx 1763844039.25\n"));
}

TEST(MetricsText, TellsOfTheProcess) {
    MetricsText out;
    add_process_metrics(out);
    std::map<std::string, double> values;
    std::istringstream in(out.text());
    for (std::string line; std::getline(in, line);) {
        if (line[0] != '#') {
            values[line.substr(0, line.find(' '))] = std::stod(line.substr(line.find(' ') + 1));
        }
    }
    EXPECT_EQ(values.size(), 5U);
    EXPECT_GT(values["process_resident_memory_bytes"], 1e6);
    EXPECT_GE(values["process_open_fds"], 3);
    EXPECT_GE(values["process_max_fds"], values["process_open_fds"]);
    EXPECT_GE(values["process_cpu_seconds_total"], 0);
    const auto now = static_cast<double>(time(nullptr));
    EXPECT_NEAR(values["process_start_time_seconds"], now, 600);
}

TEST(MetricsText, FollowsTheGrammar) {
    const std::regex sample(
        R"re(([a-zA-Z_:][\w:]*)(\{[a-zA-Z_]\w*="([^"\\\n]|\\["\\n])*"(,[a-zA-Z_]\w*="([^"\\\n]|\\["\\n])*")*\})? (NaN|[+-]Inf|-?\d+(\.\d+)?(e[+-]?\d+)?))re");
    const std::regex comment(R"re(# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+))re");
    std::set<std::string> families;
    std::set<std::string> series;
    std::string family;
    std::istringstream in(everything());
    for (std::string line; std::getline(in, line);) {
        std::smatch match;
        if (std::regex_match(line, match, comment)) {
            if (match[1] == "HELP") {
                family = match[2];
                EXPECT_TRUE(families.insert(family).second) << family << " twice";
            } else {
                EXPECT_EQ(match[2], family);
                EXPECT_EQ(match[3] == "counter", family.ends_with("_total")) << family;
            }
            continue;
        }
        ASSERT_TRUE(std::regex_match(line, match, sample)) << line;
        EXPECT_TRUE(match[1].str().starts_with(family)) << line;
        EXPECT_TRUE(series.insert(match[1].str() + match[2].str()).second) << line << " twice";
    }
    EXPECT_EQ(everything().back(), '\n');
}

TEST(MetricsText, PassesPromtool) {
    if (std::system("command -v promtool >/dev/null") != 0) {
        GTEST_SKIP() << "Debian's package prometheus is not installed";
    }
    const TempDir dir;
    const auto file = dir.write("metrics", everything());
    const std::string command =
        "promtool check metrics <" + file.string() + " >" + (dir / "out").string() + " 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0) << lbdrain::test::read_file(dir / "out");
    EXPECT_EQ(lbdrain::test::read_file(dir / "out"), "");
}

}  // namespace
}  // namespace lbdrain::agent::test
